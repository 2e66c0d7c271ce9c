/**
 * Checkpoints: all that a run needs to go on as if it had never stopped.
 *
 * @module
 */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { AutochromeError } from "../errors.ts";
import { readError } from "../image/index.ts";
import { frozenWeights, type keras, tf } from "../models/index.ts";
import { exists, repairFolder, replaceFolder, syncFolder, writeSynced } from "./checkpoint-folder.ts";
import { completeConfig, type TrainConfig } from "./config/index.ts";
import { type CheckpointName, newRunState, type RunState } from "./run-state.ts";
import {
  diskError,
  readSafetensors,
  type StoredTensor,
  type TensorSource,
  writeSafetensors,
} from "./safetensors.ts";
import type { Trainer } from "./step.ts";

export { type CheckpointName, newRunState, type RunState } from "./run-state.ts";

interface SavedState extends RunState {
  updates: { generator: number; discriminator: number; average: number };
  config: TrainConfig;
}

export interface Checkpoint {
  state: RunState;
  config: TrainConfig;
  updates: SavedState["updates"];
  tensors: Map<string, StoredTensor>;
}

const NAMES: readonly CheckpointName[] = ["last", "best", "pretrained", "good", "candidate"];
const TENSORS = "tensors.safetensors";
const STATE = "state.json";
/** How often and how long to wait for a training that is just saving. */
const READ_ATTEMPTS = 20;
const READ_WAIT_MS = 50;

/**
 * Writes `<run>/checkpoints/<name>`: into a temporary folder, synced, then renamed; the previous checkpoint
 * stays until then.
 *
 * @returns false, with nothing written, when a tensor holds a value that is not finite
 * @throws AutochromeError when the disk is full or the folder not writable
 */
export async function saveCheckpoint(
  run: string,
  name: CheckpointName,
  trainer: Trainer,
  state: RunState,
  config: TrainConfig,
): Promise<boolean> {
  const target = join(run, "checkpoints", name);
  const temporary = `${target}.tmp`;
  const saved: SavedState = {
    ...state,
    updates: {
      generator: trainer.generatorAdam.updates,
      discriminator: trainer.discriminatorAdam.updates,
      average: trainer.average.updates,
    },
    config,
  };
  let finite = true;
  const sources = [...tensorsOf(trainer)].map(([tensorName, variable]): TensorSource => {
    const read = async () => {
      const data = (await variable.data()) as Float32Array;
      finite &&= data.every(Number.isFinite);
      return data;
    };
    return { name: tensorName, shape: variable.shape, read };
  });
  try {
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    const metadata = { format: "autochrome-checkpoint", step: String(state.step) };
    await writeSafetensors(join(temporary, TENSORS), sources, metadata);
    if (!finite) {
      await rm(temporary, { recursive: true, force: true });
      return false;
    }
    await writeSynced(join(temporary, STATE), `${JSON.stringify(saved, null, 2)}\n`);
    await syncFolder(temporary);
    await replaceFolder(temporary, target);
    return true;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    await repairFolder(target).catch(() => {});
    throw diskError(target, error);
  }
}

/** Whether the run has such a checkpoint, whole or damaged. */
export async function hasCheckpoint(run: string, name: CheckpointName): Promise<boolean> {
  return (await folderOf(run, name)) !== null;
}

/**
 * Reads a checkpoint, also of a run that is training at this moment.
 *
 * @returns null when the run has no such checkpoint
 * @throws AutochromeError when it is damaged or of another format
 */
export async function loadCheckpoint(run: string, name: CheckpointName): Promise<Checkpoint | null> {
  for (let attempt = 1; ; attempt++) {
    const folder = await folderOf(run, name);
    if (folder === null) return null;
    try {
      const saved = await readState(folder);
      const { tensors, metadata } = await readSafetensors(join(folder, TENSORS));
      const { updates, config, ...state } = saved;
      if (metadata.step !== undefined && metadata.step !== String(state.step)) throw mixedError(folder);
      return { state, config, updates, tensors };
    } catch (error) {
      const vanished = error instanceof AutochromeError && ["ENOENT", "MIXED"].includes(error.code);
      if (!vanished || attempt === READ_ATTEMPTS) throw error;
      await setTimeout(READ_WAIT_MS);
    }
  }
}

/** A checkpoint's state alone, which is quick; null where it has none that can be read. */
export async function readRunState(run: string, name: CheckpointName): Promise<RunState | null> {
  const folder = await folderOf(run, name);
  if (folder === null) return null;
  const saved = await readState(folder).catch(() => null);
  if (saved === null) return null;
  const { updates: _, config: __, ...state } = saved;
  return state;
}

/** Clears away what a training left that died while saving. For the one that holds the run's lock. */
export async function repairCheckpoints(run: string): Promise<void> {
  for (const name of NAMES) {
    const target = join(run, "checkpoints", name);
    await repairFolder(target);
    for (const leftover of [`${target}.tmp`, `${target}.old`])
      await rm(leftover, { recursive: true, force: true });
  }
}

/** Where a checkpoint stands: a save renames the one before for a moment, or for good where it died just then. */
async function folderOf(run: string, name: CheckpointName): Promise<string | null> {
  const target = join(run, "checkpoints", name);
  // Looked for again at the end, for it may have come while the other was being looked for.
  for (const folder of [target, `${target}.old`, target]) if (await exists(folder)) return folder;
  return null;
}

async function readState(folder: string): Promise<SavedState> {
  const path = join(folder, STATE);
  let saved: SavedState;
  try {
    saved = JSON.parse(await readFile(path, "utf8")) as SavedState;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw readError(path, error);
    throw new AutochromeError(`${path} is damaged: start the run again, or put a backup of it there.`, {
      code: "CORRUPT_CHECKPOINT",
      cause: error,
    });
  }
  if (saved.formatVersion !== 1) {
    throw new AutochromeError(
      `${folder} is a checkpoint of format ${saved.formatVersion}, and this version of Autochrome reads 1: ` +
        "use the version that wrote it.",
      { code: "CORRUPT_CHECKPOINT" },
    );
  }
  const { generatorScale, discriminatorScale, rollbacks, ...known } = saved as SavedState & OldScales;
  const initial = newRunState(saved.photos);
  // What came after the version that wrote it begins as in a new run.
  return {
    ...initial,
    ...known,
    monitors: { ...initial.monitors, ...saved.monitors },
    adaptation: {
      ...initial.adaptation,
      ...(generatorScale !== undefined && { generatorScale }),
      ...(discriminatorScale !== undefined && { discriminatorScale }),
      ...(rollbacks !== undefined && {
        ceiling: 2 ** -rollbacks,
        rollbacks: { ...initial.adaptation.rollbacks, nonFinite: rollbacks },
      }),
      ...saved.adaptation,
    },
    config: completeConfig(saved.config, path),
  };
}

/** Where version 0.1.0 kept what monitors had changed; every rollback halved both rates for good. */
interface OldScales {
  generatorScale?: number;
  discriminatorScale?: number;
  rollbacks?: number;
}

function mixedError(folder: string): AutochromeError {
  return new AutochromeError(
    `${folder} holds the parts of two checkpoints: use another, or put a backup of it there.`,
    { code: "MIXED" },
  );
}

/**
 * Puts a checkpoint's values into a trainer.
 *
 * @throws AutochromeError naming the first tensor that is missing or has another shape
 */
export function restoreTrainer(trainer: Trainer, checkpoint: Checkpoint): void {
  assignAll(tensorsOf(trainer), checkpoint.tensors);
  trainer.generatorAdam.updates = checkpoint.updates.generator;
  trainer.discriminatorAdam.updates = checkpoint.updates.discriminator;
  trainer.average.updates = checkpoint.updates.average;
}

/**
 * Puts a checkpoint's networks into models of the same architecture: the generator gets the averaged weights.
 *
 * @param discriminator null where it is not wanted
 * @throws AutochromeError naming the first weight that is missing or has another shape
 */
export function restoreNetworks(
  checkpoint: Checkpoint,
  generator: keras.LayersModel,
  discriminator: keras.LayersModel | null,
): void {
  const frozen = frozenWeights(generator);
  const own = [...namedWeights("generator", generator)].filter(([, variable]) => frozen.has(variable));
  assignAll(new Map([...own, ...averagedWeights(generator)]), checkpoint.tensors);
  if (discriminator) assignAll(namedWeights("discriminator", discriminator), checkpoint.tensors);
}

function assignAll(variables: Map<string, tf.Variable>, tensors: Map<string, StoredTensor>): void {
  for (const [name, variable] of variables) {
    const stored = tensors.get(name);
    if (stored === undefined || stored.shape.join() !== variable.shape.join()) {
      const has = stored === undefined ? "nothing" : `the shape [${stored.shape}]`;
      throw new AutochromeError(
        `the checkpoint holds ${has} for '${name}', where the network has the shape [${variable.shape}]: ` +
          "it was made with another network. Use the same settings, or start another run with --run.",
        { code: "OTHER_NETWORK", exitCode: 2 },
      );
    }
    tf.tidy(() => variable.assign(tf.tensor(stored.data, stored.shape)));
  }
}

/** Every variable of a trainer by its name in the file. */
function tensorsOf(trainer: Trainer): Map<string, tf.Variable> {
  const generator = namedWeights("generator", trainer.generator);
  const discriminator = namedWeights("discriminator", trainer.discriminator);
  const all = new Map([...generator, ...discriminator]);
  [...averagedWeights(trainer.generator).keys()].forEach((name, i) => {
    all.set(name, trainer.average.averages[i]!);
  });
  for (const [names, adam] of [
    [generator, trainer.generatorAdam],
    [discriminator, trainer.discriminatorAdam],
  ] as const) {
    const nameOf = new Map([...names].map(([name, variable]) => [variable, name]));
    adam.variables.forEach((variable, i) => {
      all.set(`adam/first/${nameOf.get(variable)}`, adam.first[i]!);
      all.set(`adam/second/${nameOf.get(variable)}`, adam.second[i]!);
    });
  }
  return all;
}

/** The generator's weights that have an average, by their name in the file. */
function averagedWeights(generator: keras.LayersModel): Map<string, tf.Variable> {
  const frozen = frozenWeights(generator);
  return new Map([...namedWeights("average", generator)].filter(([, variable]) => !frozen.has(variable)));
}

/** Weights as `role/layer/weight`: not TensorFlow.js's own names, which count the models made so far. */
function namedWeights(role: string, model: keras.LayersModel): Map<string, tf.Variable> {
  const named = new Map<string, tf.Variable>();
  for (const weight of model.weights) {
    let name = `${role}/${weight.originalName}`;
    for (let copy = 2; named.has(name); copy++) name = `${role}/${weight.originalName}#${copy}`;
    named.set(name, weight.read() as tf.Variable);
  }
  return named;
}
