// One rung with one seed, in a process of its own: trains, or goes on, then scores and draws.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AutochromeError,
  type EvaluationJson,
  evaluate,
  exportRun,
  type PartialConfig,
  train,
} from "autochrome";
import { borrowScans, lendScans } from "./scans.ts";
import { type SheetRow, writeSheet } from "./sheet.ts";

export interface Job {
  /** One run's folder and settings a stage; the last one's weights are scored. */
  stages: { run: string; settings: PartialConfig }[];
  /** Where result, network and sheet go. */
  out: string;
  val: string;
  test: string | null;
  size: number | null;
  /** Where trainings leave for each other what they know of the photos. */
  scans: string;
}

/** What a job leaves in `result.json`. */
export interface JobResult {
  /** Of each stage. */
  steps: number[];
  /** Milliseconds that a step of each stage took, whatever else the machine did. */
  millisecondsPerStep: number[];
  /** Of the generator. */
  parameters: number;
  /** How often a monitor has warned. */
  alarms: number;
  val: EvaluationJson;
  test: EvaluationJson | null;
}

/** What a job tells the ladder as it goes. */
export type JobMessage = { doing: string } | { failed: string };

const SHEET_PHOTOS = 12;

// A ladder that is gone is no error here: its going is what ends the training, with everything saved.
const tell = (message: JobMessage) => process.send?.(message, undefined, undefined, () => {});
const interrupt = new AbortController();
// A ladder that was killed takes its rung along; both go on from the checkpoint.
process.once("disconnect", () => interrupt.abort());
process.on("SIGINT", () => interrupt.abort());

try {
  await work(JSON.parse(readFileSync(process.argv[2]!, "utf8")) as Job);
} catch (error) {
  if (!(error instanceof AutochromeError)) throw error;
  tell({ failed: error.message });
  process.exitCode = 1;
}
process.channel?.unref();

async function work({ stages, out, val, test, size, scans }: Job): Promise<void> {
  const figures = { steps: [] as number[], millisecondsPerStep: [] as number[], parameters: 0, alarms: 0 };
  for (const [i, { run, settings }] of stages.entries()) {
    const stage = stages.length === 1 ? "" : `stage ${i + 1} of ${stages.length}, `;
    const resume = existsSync(join(run, "config.json"));
    const init = i === 0 || resume ? {} : { init: join(stages[i - 1]!.run, "checkpoints", "last") };
    if (!resume) await borrowScans(scans, run);
    const result = await train(
      { ...settings, ...init, run },
      {
        onStart: ({ generatorParameters }) => {
          figures.parameters = generatorParameters;
        },
        onStep: ({ step, phase, losses }) =>
          tell({ doing: `${stage}step ${step} of ${settings.steps}, ${phase}, L1 ${losses.l1.toFixed(4)}` }),
      },
      { resume, signal: interrupt.signal },
    );
    await lendScans(run, scans);
    if (result.ended === "interrupted") process.exit(130);
    figures.steps.push(result.step);
    figures.millisecondsPerStep.push((1000 * result.seconds) / result.step);
    figures.alarms += countAlarms(run);
    result.generator.dispose();
    result.discriminator.dispose();
  }
  await mkdir(out, { recursive: true });
  tell({ doing: "export" });
  const exported = join(out, "exported");
  await exportRun(stages.at(-1)!.run, exported, { checkpoint: "last", ...(size !== null && { size }) });
  // Alone: a discriminator beside it would be scored as well, which takes its time.
  const model = join(out, "generator.onnx");
  await rename(join(exported, "generator.onnx"), model);
  await rm(exported, { recursive: true });
  tell({ doing: "score" });
  const rows: SheetRow[] = [];
  const scored = await evaluate({
    photos: val,
    model,
    onPhoto: ({ width, height, images: { gray, colourized, truth } }) => {
      rows.push({ width, height, pictures: [gray, colourized, truth] });
    },
  });
  const kept = await evaluateTest(test, model);
  const count = Math.min(SHEET_PHOTOS, rows.length);
  const shown = Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]!);
  await writeSheet(join(out, "sheet.jpg"), shown);
  const result: JobResult = { ...figures, val: scored.json, test: kept };
  await writeFile(join(out, "result.json.new"), JSON.stringify(result));
  await rename(join(out, "result.json.new"), join(out, "result.json"));
}

async function evaluateTest(test: string | null, model: string): Promise<EvaluationJson | null> {
  return test === null ? null : (await evaluate({ photos: test, model })).json;
}

function countAlarms(run: string): number {
  const path = join(run, "events.jsonl");
  if (!existsSync(path)) return 0;
  return readFileSync(path, "utf8").split('"kind":"monitor"').length - 1;
}
