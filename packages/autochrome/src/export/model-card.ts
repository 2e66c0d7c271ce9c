/**
 * What an exported network says about itself: as data in the file, as text beside it.
 *
 * @module
 */
import { basename } from "node:path";
import { inputChannels } from "../chroma/index.ts";
import type { EvaluationJson, Interval } from "../evaluation/index.ts";
import type { ModelMetadata } from "../inference/index.ts";
import type { InitReport, RunState, TrainConfig } from "../training/index.ts";
import { measured, quote, round } from "./card-figures.ts";
import type { Parity, WeightStorage } from "./onnx-network.ts";
import { formatStorageLoss, type StorageLoss } from "./storage-loss.ts";

/** Facts of a run that its checkpoint does not know. */
export interface RunFacts {
  /** Training photos; null where the run's `photos.json` is gone. */
  photos: number | null;
  /** Mean a*, b* of the training photos, in Lab units. */
  meanChroma: [number, number] | null;
  /** What the run's first weights were, by its `init.json`; null for random ones. */
  init: InitReport | null;
  /** Day on which the checkpoint was written, as 2026-01-31. */
  created: string;
}

export interface CardOptions {
  license: string;
  trainedOn?: string;
  weights: WeightStorage;
  storageLoss?: StorageLoss;
  checkpoint: string;
  /** `evaluate --json` of the network. */
  metrics?: EvaluationJson;
}

/** The card as data, for the file's metadata. */
export function cardOf(
  config: TrainConfig,
  state: RunState,
  facts: RunFacts,
  options: CardOptions,
): Record<string, unknown> {
  // A path of the machine that trained says nothing elsewhere, and may say too much.
  const sources = config.photos.map((path) => basename(path)).join(", ");
  const validated = state.best !== null && state.best.step === state.step;
  return {
    license: options.license,
    trainedOn: options.trainedOn ?? sources,
    photos: facts.photos,
    // Weights that were trained before carry their license and their photos with them.
    ...(facts.init && { fineTunedFrom: fineTunedFrom(facts.init) }),
    steps: state.step,
    epochs: facts.photos === null ? null : round((state.step * config.batchSize) / facts.photos, 2),
    minutes: round(state.seconds / 60, 1),
    created: facts.created,
    checkpoint: options.checkpoint,
    weights: options.weights,
    ...(options.storageLoss && { storageLoss: rounded(options.storageLoss) }),
    meanChroma: facts.meanChroma,
    cropSize: config.cropSize,
    batchSize: config.batchSize,
    losses: {
      adversarial: config.adversarialLoss,
      // The phase that makes it a GAN may not have been reached.
      adversarialSteps: state.adversarialSince === null ? 0 : state.step - state.adversarialSince,
      lambda: config.lambda,
      chromaWeight: config.chromaWeight,
    },
    labelSmoothing: config.labelSmoothing,
    emaDecay: config.emaDecay,
    seed: config.seed,
    validation: validated ? { score: state.best!.score, ...state.best!.metrics } : null,
    evaluation: options.metrics === undefined ? null : quote(options.metrics),
  };
}

/** `small 0.1.0: 8400 steps on 575 photos, license MIT` */
function fineTunedFrom({
  kind,
  name,
  version,
  steps,
  trainedOn,
  license,
  discriminator,
}: InitReport): string {
  const facts = [
    ...(steps === null ? [] : [`${steps} steps${trainedOn === null ? "" : ` on ${trainedOn}`}`]),
    ...(license === null ? [] : [`license: ${license}`]),
    ...(discriminator ? [] : ["with a new discriminator"]),
  ];
  const what = kind === "run" ? `the run ${name}` : `${name} ${version}`;
  return facts.length === 0 ? what : `${what}: ${facts.join("; ")}`;
}

export interface CardFile {
  name: string;
  bytes: number;
  parity: Parity;
  metadata: ModelMetadata;
}

/** The card as Markdown, for the folder's README. */
export function renderCard(files: readonly CardFile[], metrics?: EvaluationJson): string {
  const { metadata } = files.find(({ metadata: { role } }) => role === "generator")!;
  const { card, name, version, space, multiple, size, preset, hints = false } = metadata;
  const losses = card.losses as { adversarial: string; adversarialSteps: number; lambda: number };
  const phase =
    losses.adversarialSteps > 0
      ? `, the last ${losses.adversarialSteps} of them against the discriminator (${losses.adversarial}, lambda ${losses.lambda})`
      : ", all of them with L1 alone: the adversarial phase was not reached";
  const facts: [string, unknown][] = [
    [
      "Predicts",
      space === "lab"
        ? `a, b from L${hints ? " and colour hints" : ""} (CIE Lab, D65)`
        : "R, G, B from gray (sRGB)",
    ],
    [
      "Input",
      `\`input\` float32 [n, h, w, ${inputChannels(hints)}]${hints ? " (L, a and b of hints, mask)" : ""}; h and w multiples of ${multiple}; short side ${size} by default`,
    ],
    ["Preset", preset],
    ["Trained on", `${card.trainedOn}${card.photos === null ? "" : ` (${card.photos} photos)`}`],
    ...(card.fineTunedFrom === undefined
      ? []
      : ([["Fine-tuned from", card.fineTunedFrom]] satisfies [string, unknown][])),
    ["Training", `${card.steps} steps${phase}; ${card.minutes} minutes; seed ${card.seed}`],
    [
      "Checkpoint",
      `${card.checkpoint}, of ${card.created}; averaged weights, stored as ${storedAs(card.weights)}`,
    ],
    ...(card.storageLoss === undefined
      ? []
      : ([["Lost by that", lossOf(card.storageLoss as StorageLoss)]] satisfies [string, unknown][])),
    ["License", card.license],
  ];
  const lines = [
    `# ${name} ${version}`,
    "",
    "A network that colours black-and-white photographs, trained and exported by Autochrome.",
    "",
    "| | |",
    "| --- | --- |",
    ...facts.map(([label, value]) => `| ${label} | ${cell(String(value))} |`),
    "",
    "## Measured",
    "",
    ...measured(card, metrics),
    "",
    "## Files",
    "",
    "| File | Bytes | Largest difference from the trained network |",
    "| --- | --- | --- |",
    ...files.map(
      (file) =>
        `| ${file.name} | ${file.bytes} | ${file.parity.difference.toExponential(1)} (${sizesOf(file)}) |`,
    ),
    "",
    "`SHA256SUMS` holds their checksums: `sha256sum --check SHA256SUMS`.",
    "",
    "## Limits",
    "",
    "Colours are guesses from lightness alone: plausible, not historical. They are worst for what the training",
    "photos did not show. Whatever it paints keeps the lightness of the photo given.",
    "",
  ];
  return lines.join("\n");
}

function storedAs(weights: unknown): string {
  return weights === "int8"
    ? "int8: kernels rounded to 255 steps an output channel, computed with as float32"
    : String(weights);
}

/** "Against the same network in float32, on 53 photos: …" */
function lossOf(loss: StorageLoss): string {
  return `Beside the same network in float32, on ${loss.photos} photos: ${formatStorageLoss(loss)}`;
}

function sizesOf({ parity }: CardFile): string {
  return parity.sizes.map(([n, h, w]) => `${n} x ${h} x ${w}`).join(" and ");
}

/** Text that cannot break out of a table's cell. */
function cell(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|");
}

function rounded(loss: StorageLoss): StorageLoss {
  const interval = ({ mean, low, high }: Interval): Interval => ({
    mean: round(mean, 5),
    low: round(low, 5),
    high: round(high, 5),
  });
  const { deltaE2000, psnr, hueAccuracy, apart } = loss;
  return {
    ...loss,
    deltaE2000: interval(deltaE2000),
    psnr: interval(psnr),
    hueAccuracy: interval(hueAccuracy),
    apart: interval(apart),
  };
}
