/**
 * From a training run to a folder that `colorize` and `evaluate` take.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFile, rm, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { BACKEND_NAME } from "tfjs-onnxruntime";
import { AutochromeError } from "../errors.ts";
import type { EvaluationJson } from "../evaluation/index.ts";
import { writeFileAtomic } from "../image/index.ts";
import { L1_FILE_NAME, MODEL_FILE_NAME, type ModelMetadata } from "../inference/index.ts";
import { type keras, tf } from "../models/index.ts";
import {
  type CheckpointName,
  DISCRIMINATOR_KEYS,
  GENERATOR_KEYS,
  loadTrainedNetworks,
  PAINT_KEYS,
  type PaintSettings,
  readInitReport,
  selectBackend,
  type TrainConfig,
  type TrainedNetworks,
} from "../training/index.ts";
import { type CardFile, cardOf, type RunFacts, renderCard } from "./model-card.ts";
import { checkParity, encodeNetwork, type Parity, type WeightStorage } from "./onnx-network.ts";
import { prepareFolder } from "./output-folder.ts";
import type { StorageLoss } from "./storage-loss.ts";

export interface ExportRunOptions {
  /** Default `best`, or `last` where no validation has chosen one yet. */
  checkpoint?: CheckpointName;
  /** How weights are stored: float16 halves the files, int8 quarters them. Default float32. */
  weights?: WeightStorage;
  /** The network's name; default the output folder's. */
  name?: string;
  /** Default "1.0.0". */
  version?: string;
  /** License of the weights; default "not stated". */
  license?: string;
  /** What the network was trained on, in words; default the names of the run's photo folders. */
  trainedOn?: string;
  /** Short side in pixels that the network sees by default; default the size that the run was validated at. */
  size?: number;
  /**
   * Whether the generator as it was before the adversarial phase is written too, `l1.onnx`, where the run kept it: a
   * baseline of `evaluate`. Default false.
   */
  l1?: boolean;
  /** How a generator with colour classes paints; default as the run was trained with. */
  paint?: Partial<PaintSettings>;
  /** What `weights` cost on photos, by `measureStorage`, to be quoted on the card. */
  storageLoss?: StorageLoss | undefined;
  /** The document of `evaluate --json` for this network, to be quoted on its card. */
  metrics?: EvaluationJson | undefined;
  /** Networks to fill, of a run that was given its own with layers that TensorFlow.js does not know. */
  generator?: keras.LayersModel;
  discriminator?: keras.LayersModel;
}

export interface ExportedFile {
  path: string;
  bytes: number;
  /** Of networks only. */
  parity?: Parity;
}

export interface ExportResult {
  folder: string;
  checkpoint: CheckpointName;
  step: number;
  files: ExportedFile[];
  generator: ModelMetadata;
}

/**
 * Writes `generator.onnx`, `discriminator.onnx`, `README.md` (the model card) and `SHA256SUMS`. The networks
 * are run in ONNX Runtime beside their Keras models first; nothing is written unless they agree.
 *
 * The generator carries the averaged weights. A network that stands in `out` already is replaced.
 *
 * @param run a run's folder
 * @param out the model folder, such as models/mine
 * @throws AutochromeError when the run holds no checkpoint, the network cannot take photos of all sizes, the
 *   files differ from the networks, or `out` cannot be written
 */
export async function exportRun(
  run: string,
  out: string,
  options: ExportRunOptions = {},
): Promise<ExportResult> {
  const { weights = "float32", generator, discriminator } = options;
  await requireRun(run);
  const backend = tf.getBackend();
  // Made anew, a backend that is there already would take its tensors with it.
  if (tf.findBackend(BACKEND_NAME) !== null) await tf.setBackend(BACKEND_NAME);
  else await selectBackend({ backend: BACKEND_NAME, device: null, threads: null });
  try {
    const own = { ...(generator && { generator }), ...(discriminator && { discriminator }) };
    // First, as it goes through the caller's own generator where there is one, which is to end with the weights asked for.
    const l1 = options.l1 ? await encodeL1(run, out, options, own) : null;
    const { networks, checkpoint } = await loadCheckpoint(run, options, own);
    requireClasses(networks.config, networks.own.generator, options.paint ?? {});
    const card = await runCard(run, checkpoint, networks, options);
    const encoded: Encoded[] = [];
    for (const role of ["generator", "discriminator"] as const) {
      const metadata = metadataOf(role, networks, out, options, card);
      const file = role === "generator" ? MODEL_FILE_NAME : "discriminator.onnx";
      encoded.push(await encode(file, networks[role], metadata, weights));
      if (own[role] === undefined) networks[role].dispose();
    }
    if (l1) encoded.push(l1);
    const files = await write(out, encoded, options.metrics);
    return { folder: out, checkpoint, step: networks.state.step, files, generator: encoded[0]!.metadata };
  } finally {
    if (backend && backend !== tf.getBackend()) await tf.setBackend(backend);
  }
}

/** A network ready to be written, and found equal to the trained one. */
interface Encoded {
  file: string;
  metadata: ModelMetadata;
  bytes: Uint8Array;
  parity: Parity;
}

async function encode(
  file: string,
  model: keras.LayersModel,
  metadata: ModelMetadata,
  weights: WeightStorage,
): Promise<Encoded> {
  if (weights !== "float32") {
    // With what rounding may cost allowed for, a graph that computes something else might pass.
    await checkParity(model, encodeNetwork(model, metadata, "float32"), metadata, "float32");
  }
  const bytes = encodeNetwork(model, metadata, weights);
  return { file, metadata, bytes, parity: await checkParity(model, bytes, metadata, weights) };
}

/** The generator as it was before the adversarial phase; null where the run kept none. */
async function encodeL1(
  run: string,
  out: string,
  options: ExportRunOptions,
  own: { generator?: keras.LayersModel; discriminator?: keras.LayersModel },
): Promise<Encoded | null> {
  const networks = await loadTrainedNetworks(run, "pretrained", own, options.paint).catch(
    (error: unknown) => {
      if (error instanceof AutochromeError && error.code === "NO_CHECKPOINT") return null;
      throw error;
    },
  );
  if (networks === null) return null;
  const card = await runCard(run, "pretrained", networks, {
    ...options,
    metrics: undefined,
    storageLoss: undefined,
  });
  const metadata = metadataOf("generator", networks, out, options, card);
  const l1 = await encode(L1_FILE_NAME, networks.generator, metadata, options.weights ?? "float32");
  for (const role of ["generator", "discriminator"] as const) {
    if (own[role] === undefined) networks[role].dispose();
  }
  return l1;
}

async function runCard(
  run: string,
  checkpoint: CheckpointName,
  { config, state }: TrainedNetworks,
  { license = "not stated", trainedOn, metrics, weights = "float32", storageLoss }: ExportRunOptions,
): Promise<Record<string, unknown>> {
  return cardOf(config, state, await factsOf(run, checkpoint), {
    license,
    ...(trainedOn !== undefined && { trainedOn }),
    ...(metrics !== undefined && { metrics }),
    weights,
    ...(storageLoss !== undefined && { storageLoss }),
    checkpoint,
  });
}

async function requireRun(run: string): Promise<void> {
  const found = await stat(run).catch(() => null);
  if (found === null) {
    throw new AutochromeError(`there is no run '${run}': name the folder of one, such as runs/photos-1.`, {
      code: "NO_RUN",
    });
  }
  if (!found.isDirectory()) {
    throw new AutochromeError(`'${run}' is a file: name the folder of a run, such as runs/photos-1.`, {
      code: "NO_RUN",
    });
  }
}

async function loadCheckpoint(
  run: string,
  { checkpoint: name, paint }: ExportRunOptions,
  own: { generator?: keras.LayersModel; discriminator?: keras.LayersModel },
): Promise<{ networks: TrainedNetworks; checkpoint: CheckpointName }> {
  if (name !== undefined)
    return { networks: await loadTrainedNetworks(run, name, own, paint), checkpoint: name };
  const best = await loadTrainedNetworks(run, "best", own, paint).catch((error: unknown) => {
    if (error instanceof AutochromeError && error.code === "NO_CHECKPOINT") return null;
    throw error;
  });
  if (best !== null) return { networks: best, checkpoint: "best" };
  try {
    return { networks: await loadTrainedNetworks(run, "last", own, paint), checkpoint: "last" };
  } catch (cause) {
    if (!(cause instanceof AutochromeError) || cause.code !== "NO_CHECKPOINT") throw cause;
    throw new AutochromeError(
      `'${run}' holds no checkpoint: name the folder of a run, such as runs/photos-1, or train one.`,
      { code: "NO_CHECKPOINT", cause },
    );
  }
}

/** Temperature and the like would be taken without a word by a network that has no use for them. */
function requireClasses(config: TrainConfig, own: boolean, paint: Partial<PaintSettings>): void {
  const classes = !own && config.head === "classes";
  if (Object.keys(paint).length > 0 && !classes) {
    throw new AutochromeError(
      `${PAINT_KEYS.join(", ")} are of generators with colour classes (trained with --head classes), and this one has ` +
        "none: leave them out.",
      { code: "USAGE", exitCode: 2 },
    );
  }
  if (paint.smoothing !== undefined && config.encoder === "none") {
    throw new AutochromeError(
      "smoothing is of generators with a pretrained encoder (trained with --encoder), and this one has none: leave it out.",
      { code: "USAGE", exitCode: 2 },
    );
  }
}

async function factsOf(run: string, checkpoint: CheckpointName): Promise<RunFacts> {
  const { mtime } = await stat(join(run, "checkpoints", checkpoint, "state.json"));
  const created = mtime.toISOString().slice(0, 10);
  const text = await readFile(join(run, "photos.json"), "utf8").catch(() => "{}");
  let known: { train?: number; meanChroma?: [number, number] } = {};
  try {
    known = JSON.parse(text) as typeof known;
  } catch {
    // A card with a gap is better than no network.
  }
  const init = await readInitReport(run);
  return { photos: known.train ?? null, meanChroma: known.meanChroma ?? null, init, created };
}

function metadataOf(
  role: ModelMetadata["role"],
  { config, multiples, own }: TrainedNetworks,
  out: string,
  options: ExportRunOptions,
  card: Record<string, unknown>,
): ModelMetadata {
  const hints = role === "generator" && config.hints;
  return {
    // Programs that know no hints are to say that they are too old, not that the network fails.
    formatVersion: hints ? 2 : 1,
    role,
    name: options.name ?? basename(resolve(out)),
    version: options.version ?? "1.0.0",
    space: config.space,
    multiple: multiples[role],
    size: options.size ?? config.validationSize ?? 2 * config.cropSize,
    preset: config.preset,
    ...(hints && { hints }),
    // Own networks are not what the settings say.
    ...(!own[role] && {
      settings: Object.fromEntries(
        (role === "generator" ? [...GENERATOR_KEYS, ...PAINT_KEYS] : DISCRIMINATOR_KEYS).map((key) => [
          key,
          config[key],
        ]),
      ),
    }),
    card,
  };
}

async function write(
  out: string,
  networks: readonly Encoded[],
  metrics: EvaluationJson | undefined,
): Promise<ExportedFile[]> {
  await prepareFolder(out);
  const files: ExportedFile[] = [];
  const sums: string[] = [];
  const put = async (name: string, content: Uint8Array | string, parity?: Parity): Promise<void> => {
    const path = join(out, name);
    const bytes = Buffer.from(content);
    await writeFileAtomic(path, bytes);
    sums.push(`${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`);
    files.push({ path, bytes: bytes.length, ...(parity && { parity }) });
  };
  const listed = networks.map(
    ({ file, bytes, parity, metadata }): CardFile => ({ name: file, bytes: bytes.length, parity, metadata }),
  );
  // An earlier export's would be measured as this network's baseline.
  if (!networks.some(({ file }) => file === L1_FILE_NAME)) await rm(join(out, L1_FILE_NAME), { force: true });
  for (const { file, bytes, parity } of networks) await put(file, bytes, parity);
  await put("README.md", renderCard(listed, metrics));
  // Its own checksum cannot be in it.
  await put("SHA256SUMS", sums.join(""));
  return files;
}
