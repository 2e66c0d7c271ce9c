// The ladder's figures as Markdown. Pure, and tested.
import {
  bootstrapDifference,
  bootstrapRatio,
  type EvaluationJson,
  type Interval,
} from "../../packages/autochrome/src/evaluation/index.ts";
import type { PartialConfig } from "../../packages/autochrome/src/training/config/index.ts";
import type { PlannedRung, StepCost } from "./plan.ts";

/** A line of `results.jsonl`: one rung with one seed. */
export interface RungResult {
  rung: string;
  seed: number;
  /** Budget. */
  minutes: number;
  /** Settings of the stages, without photos and folders. */
  settings: PartialConfig[];
  steps: number[];
  /** Calibrated cost of a step of each stage, milliseconds. */
  costs: StepCost[];
  /** What a step of each stage took in the training itself. */
  millisecondsPerStep: number[];
  parameters: number;
  alarms: number;
  val: EvaluationJson;
  test: EvaluationJson | null;
}

/** A rung that could not be trained or scored. */
export interface RungFailure {
  rung: string;
  seed: number;
  failed: string;
}

type Scores = "val" | "test";

/** A figure of a rung: what one seed says, with its interval over photos. */
interface Figure {
  head: string;
  digits: number;
  of: (json: EvaluationJson) => Interval;
}

const perPhoto = (json: EvaluationJson, metric: "deltaE2000" | "psnr" | "ssim" | "hueAccuracy") => ({
  model: json.perPhoto.map(({ model }) => model[metric] ?? Number.NaN),
  gray: json.perPhoto.map(({ baselines }) => baselines.gray?.[metric] ?? Number.NaN),
});
const plain = (metric: "hueAccuracy" | "colourfulnessRatio") => (json: EvaluationJson) => {
  const { mean, low, high } = json.model[metric];
  return { mean: mean ?? Number.NaN, low: low ?? Number.NaN, high: high ?? Number.NaN };
};
/** Against gray on the same photos, so that what makes a photo hard cancels out. */
const overGray = (metric: "psnr" | "ssim") => (json: EvaluationJson) => {
  const { model, gray } = perPhoto(json, metric);
  return bootstrapDifference(model, gray, (mean) => -mean);
};

const FIGURES: readonly Figure[] = [
  { head: "Hue accuracy", digits: 3, of: plain("hueAccuracy") },
  {
    head: "ΔE2000, % over gray's",
    digits: 1,
    of: (json) => {
      const { model, gray } = perPhoto(json, "deltaE2000");
      const { mean, low, high } = bootstrapRatio(model, gray);
      const percent = (ratio: number) => 100 * (ratio - 1);
      return { mean: percent(mean), low: percent(low), high: percent(high) };
    },
  },
  { head: "PSNR over gray's, dB", digits: 2, of: overGray("psnr") },
  { head: "Colourfulness ratio", digits: 2, of: plain("colourfulnessRatio") },
  { head: "SSIM over gray's", digits: 4, of: overGray("ssim") },
];

/** What each rung asks, changes and costs. */
export function questionTable(rungs: readonly PlannedRung[]): string {
  const rows = rungs.map(({ name, against, changes, stages, question }) => {
    const own = Object.entries(changes).map(([key, value]) => `${key} ${value}`);
    if (stages.length > 1)
      own.push(`crops ${stages.map(({ settings }) => settings.cropSize).join(" then ")} px`);
    return [name, against ?? "", own.join(", "), question];
  });
  return markdown(["Rung", "Held against", "Changes", "Question"], rows);
}

/**
 * The figures, a row a rung: of one seed with its 95% interval over photos, of several their mean and standard deviation.
 *
 * @param failures of rungs without any result
 */
export function figureTable(
  rungs: readonly PlannedRung[],
  results: readonly RungResult[],
  failures: readonly RungFailure[],
  scores: Scores = "val",
): string {
  const of = (name: string) =>
    results
      .filter(({ rung, [scores]: json }) => rung === name && json !== null)
      .sort((a, b) => a.seed - b.seed);
  const rows = rungs.flatMap(({ name, against }) => {
    const own = of(name);
    const first = own[0];
    if (first === undefined) {
      const failure = failures.find(({ rung }) => rung === name);
      return failure && scores === "val" ? [[name, "", "", "", "", `failed: ${failure.failed}`]] : [];
    }
    const documents = own.map(({ [scores]: json }) => json!);
    return [
      [
        name,
        own.length === 1 ? "1" : `${own.length}`,
        (first.parameters / 1e6).toFixed(2),
        first.steps.join(" + "),
        first.costs.map((cost, i) => costText(cost, first.settings[i]!)).join(" + "),
        ...FIGURES.map((figure) => cell(documents.map(figure.of), figure.digits)),
        cell(
          documents.map(({ score }) => lonely(score ?? Number.NaN)),
          2,
        ),
        against === null ? "" : gain(own, of(against), scores),
      ],
    ];
  });
  const heads = ["Rung", "Seeds", "Parameters, M", "Steps", "ms a step, L1 / GAN"];
  return markdown([...heads, ...FIGURES.map(({ head }) => head), "Score", "Hue over the other's"], rows);
}

/** With the seeds that both have: the difference in hue accuracy on the same photos. */
function gain(own: readonly RungResult[], others: readonly RungResult[], scores: Scores): string {
  const differences = own.flatMap(({ seed, [scores]: json }) => {
    const other = others.find((result) => result.seed === seed)?.[scores];
    if (!json || !other) return [];
    const hue = (document: EvaluationJson) => perPhoto(document, "hueAccuracy").model;
    return [bootstrapDifference(hue(json), hue(other), (mean) => -mean)];
  });
  return differences.length === 0 ? "" : cell(differences, 3, true);
}

function costText({ l1, adversarial }: StepCost, { pretrainFraction }: PartialConfig): string {
  if (pretrainFraction === 1) return l1.toFixed(0);
  if (pretrainFraction === 0) return `- / ${adversarial.toFixed(0)}`;
  return `${l1.toFixed(0)} / ${adversarial.toFixed(0)}`;
}

const lonely = (mean: number): Interval => ({ mean, low: Number.NaN, high: Number.NaN });

function cell(seeds: readonly Interval[], digits: number, signed = false): string {
  const text = (value: number) => `${signed && value > 0 ? "+" : ""}${value.toFixed(digits)}`;
  const [only] = seeds;
  if (seeds.length === 1) {
    const { mean, low, high } = only!;
    return Number.isFinite(low) ? `${text(mean)} [${text(low)}, ${text(high)}]` : text(mean);
  }
  const { mean, deviation } = spread(seeds.map((seed) => seed.mean));
  return `${text(mean)} ± ${deviation.toFixed(digits)}`;
}

/** Mean and sample standard deviation. */
export function spread(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

function markdown(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [heads, heads.map(() => "---"), ...rows.map((row) => heads.map((_, i) => row[i] ?? ""))];
  return cells.map((row) => `| ${row.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}

/** Puts a table between `<!-- table NAME -->` and `<!-- end -->`; null where a document has no such place. */
export function insertTable(document: string, name: string, table: string): string | null {
  const begin = `<!-- table ${name} -->`;
  const start = document.indexOf(begin);
  const end = document.indexOf("<!-- end -->", start);
  if (start < 0 || end < 0) return null;
  return `${document.slice(0, start + begin.length)}\n\n${table}\n\n${document.slice(end)}`;
}
