/**
 * The networks that a run starts from: a model folder's, or another run's.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type OnnxWeight, readOnnxMetadata, readOnnxWeights } from "tfjs-onnxruntime/onnx";
import { AutochromeError } from "../../errors.ts";
import { corruptModel, findModel, type ModelFile, readModelFile } from "../../inference/index.ts";
import { type Checkpoint, type CheckpointName, loadCheckpoint } from "../checkpoint.ts";
import {
  type ConfigSources,
  DISCRIMINATOR_KEYS,
  GENERATOR_KEYS,
  type InitSettings,
  PAINT_KEYS,
  type PartialConfig,
  resolveConfig,
  type TrainConfig,
} from "../config/index.ts";
import { discriminatorSettings, generatorSettings, paintSettings } from "./architecture.ts";
import { WEIGHTS_KEY } from "./weights.ts";

/** One network of a model folder. */
export interface StoredNetwork {
  file: ModelFile;
  constants: OnnxWeight[];
  /** See `placeWeights`. */
  names: Record<string, string> | null;
}

export type InitSource =
  | { kind: "model"; generator: StoredNetwork; discriminator: StoredNetwork | null; settings: InitSettings }
  | { kind: "run"; run: string; checkpoint: Checkpoint; settings: InitSettings };

/**
 * Reads what `init` names.
 *
 * @param init what `--model` takes (a folder, an .onnx file, the name of a shipped network), or the folder of a run,
 *   whose best checkpoint is meant, or of one checkpoint (runs/first/checkpoints/last)
 * @throws AutochromeError when there is nothing of the kind, or it is damaged
 */
export async function readInit(init: string): Promise<InitSource> {
  const path = resolve(init);
  if (await isFolder(join(path, "checkpoints"))) return readRun(path, ["best", "last"]);
  const name = basename(path);
  if ((name === "best" || name === "last") && basename(dirname(path)) === "checkpoints") {
    return readRun(dirname(dirname(path)), [name]);
  }
  return readModel(await findModel(init));
}

/** `resolveConfig` for settings that may name networks to start from. */
export async function resolveWithInit(sources: Omit<ConfigSources, "init">): Promise<TrainConfig> {
  const init = sources.flags?.init ?? sources.file?.init;
  // A resumed run has its networks in its checkpoint.
  if (sources.saved || typeof init !== "string") return resolveConfig(sources);
  return resolveConfig({ ...sources, init: (await readInit(init)).settings });
}

async function readRun(run: string, names: readonly CheckpointName[]): Promise<InitSource> {
  for (const name of names) {
    const checkpoint = await loadCheckpoint(run, name);
    if (checkpoint === null) continue;
    const { config } = checkpoint;
    const pick = (keys: readonly (keyof TrainConfig)[]) =>
      Object.fromEntries(keys.map((key) => [key, config[key]])) as PartialConfig;
    const settings = {
      generator: pick(GENERATOR_KEYS),
      hints: config.hints,
      discriminator: pick(DISCRIMINATOR_KEYS),
      suggested: pick(["cropSize", ...PAINT_KEYS]),
    };
    return { kind: "run", run, checkpoint, settings };
  }
  throw new AutochromeError(
    `${join(run, "checkpoints")} holds no checkpoint '${names[0]}': name a run that has been trained.`,
    { code: "NO_CHECKPOINT" },
  );
}

async function readModel(path: string): Promise<InitSource> {
  const generator = await readNetwork(path);
  if (generator.file.metadata.role !== "generator") {
    throw new AutochromeError(
      `'${path}' is a discriminator: name the generator.onnx beside it, or their folder.`,
      {
        code: "MODEL_ROLE",
        exitCode: 2,
      },
    );
  }
  const beside = join(dirname(path), "discriminator.onnx");
  const discriminator = (await exists(beside)) ? await readNetwork(beside) : null;
  const { metadata } = generator.file;
  const { cropSize } = metadata.card;
  const settings = {
    generator: generatorSettings(metadata, generator.constants),
    hints: metadata.hints ?? false,
    discriminator:
      discriminator && discriminatorSettings(discriminator.file.metadata, discriminator.constants),
    suggested: {
      ...(typeof cropSize === "number" && { cropSize }),
      ...paintSettings(metadata),
    },
  };
  return { kind: "model", generator, discriminator, settings };
}

async function readNetwork(path: string): Promise<StoredNetwork> {
  const file = await readModelFile(path);
  try {
    const text = readOnnxMetadata(file.bytes)[WEIGHTS_KEY];
    const names = text === undefined ? null : (JSON.parse(text) as Record<string, string>);
    return { file, constants: readOnnxWeights(file.bytes), names };
  } catch (cause) {
    throw corruptModel(path, cause);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
