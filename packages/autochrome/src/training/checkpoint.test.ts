import "@tensorflow/tfjs-backend-cpu";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { tf } from "../models/index.ts";
import {
  loadCheckpoint,
  type RunState,
  restoreNetworks,
  restoreTrainer,
  saveCheckpoint,
} from "./checkpoint.ts";
import { linkCheckpoint, renameCheckpoint } from "./checkpoint-folder.ts";
import { newAdaptationState, newMonitorState } from "./monitors/index.ts";
import { discriminatorOf, generatorOf } from "./networks.ts";
import { Trainer } from "./step.ts";
import { testConfig } from "./testing.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-checkpoint-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const config = testConfig({ photos: ["x"] });
const state: RunState = {
  formatVersion: 1,
  step: 7,
  seconds: 1.5,
  adversarialSince: 3,
  monitors: newMonitorState(),
  adaptation: { ...newAdaptationState(), discriminatorScale: 0.5 },
  good: 4,
  candidate: null,
  best: null,
  photos: "abc",
};

function trainerOf(seed: number, flags = {}): Trainer {
  const own = { ...config, ...flags, seed };
  return new Trainer(generatorOf(own), discriminatorOf(own), own);
}

function variablesOf({
  generator,
  discriminator,
  average,
  generatorAdam,
  discriminatorAdam,
}: Trainer): number[][] {
  const weights = [...generator.weights, ...discriminator.weights].map((weight) => weight.read());
  const moments = [generatorAdam, discriminatorAdam].flatMap(({ first, second }) => [...first, ...second]);
  return [...weights, ...average.averages, ...moments].map((variable) => Array.from(variable.dataSync()));
}

/** Makes every variable differ from every other. */
function scramble(trainer: Trainer): void {
  const { generator, discriminator, average, generatorAdam, discriminatorAdam } = trainer;
  const moments = [generatorAdam, discriminatorAdam].flatMap(({ first, second }) => [...first, ...second]);
  const weights = [...generator.weights, ...discriminator.weights].map(
    (weight) => weight.read() as tf.Variable,
  );
  [...weights, ...average.averages, ...moments].forEach((variable, i) => {
    variable.assign(tf.fill(variable.shape, i + 1));
  });
  generatorAdam.updates = 11;
  discriminatorAdam.updates = 12;
  average.updates = 13;
}

describe("checkpoints", () => {
  it("bring back every variable, counter and word of state", async () => {
    const before = trainerOf(1);
    scramble(before);
    expect(await saveCheckpoint(root, "last", before, state, config)).toBe(true);
    const checkpoint = (await loadCheckpoint(root, "last"))!;
    expect(checkpoint.state).toEqual(state);
    expect(checkpoint.config).toEqual(config);
    const after = trainerOf(2);
    restoreTrainer(after, checkpoint);
    expect(variablesOf(after)).toEqual(variablesOf(before));
    expect(after.generatorAdam.updates).toBe(11);
    expect(after.discriminatorAdam.updates).toBe(12);
    expect(after.average.updates).toBe(13);
    expect(await readdir(join(root, "checkpoints"))).toEqual(["last"]);
  });

  it("hold frozen weights once, and give them to the generator that is painted with", async () => {
    const before = trainerOf(1);
    const [first] = before.generator.layers.filter(({ weights }) => weights.length > 0);
    first!.trainable = false;
    const frozen = new Trainer(before.generator, before.discriminator, config);
    scramble(frozen);
    await saveCheckpoint(root, "last", frozen, state, config);
    const checkpoint = (await loadCheckpoint(root, "last"))!;
    const [own] = first!.weights.map(({ originalName }) => originalName);
    expect(checkpoint.tensors.has(`generator/${own}`)).toBe(true);
    expect(checkpoint.tensors.has(`average/${own}`)).toBe(false);
    expect(checkpoint.tensors.has(`adam/first/generator/${own}`)).toBe(false);
    const generator = generatorOf({ ...config, seed: 2 });
    const twin = generator.getLayer(first!.name);
    twin.trainable = false;
    restoreNetworks(checkpoint, generator, null);
    expect(twin.weights[0]!.read().dataSync()).toEqual(first!.weights[0]!.read().dataSync());
  });

  it("do not change when a save fails, and come back when one died between its renames", async () => {
    const trainer = trainerOf(1);
    await saveCheckpoint(root, "last", trainer, state, config);
    trainer.generator.weights[0]!.write(tf.fill(trainer.generator.weights[0]!.shape as number[], Number.NaN));
    expect(await saveCheckpoint(root, "last", trainer, { ...state, step: 8 }, config)).toBe(false);
    expect((await loadCheckpoint(root, "last"))!.state.step).toBe(7);

    const folder = join(root, "checkpoints", "last");
    await rename(folder, `${folder}.old`);
    await writeFile(join(root, "checkpoints", "last.tmp"), "half");
    expect((await loadCheckpoint(root, "last"))!.state.step).toBe(7);
  });

  it("keep their content under another name, whatever becomes of the first", async () => {
    await saveCheckpoint(root, "last", trainerOf(1), state, config);
    const before = (await loadCheckpoint(root, "last"))!;
    await linkCheckpoint(root, "last", "candidate");
    await saveCheckpoint(root, "last", trainerOf(2), { ...state, step: 8 }, config);
    expect(await loadCheckpoint(root, "candidate")).toEqual(before);
    await saveCheckpoint(root, "good", trainerOf(3), { ...state, step: 2 }, config);
    await renameCheckpoint(root, "candidate", "good");
    expect(await loadCheckpoint(root, "good")).toEqual(before);
    expect((await loadCheckpoint(root, "last"))!.state.step).toBe(8);
    expect((await readdir(join(root, "checkpoints"))).sort()).toEqual(["good", "last"]);
  });

  it("of version 0.1.0 keep the rates that monitors had lowered", async () => {
    await saveCheckpoint(root, "last", trainerOf(1), state, config);
    const path = join(root, "checkpoints", "last", "state.json");
    const { adaptation: _, good: __, candidate: ___, ...old } = JSON.parse(await readFile(path, "utf8"));
    const scales = { generatorScale: 0.25, discriminatorScale: 0.125, rollbacks: 2 };
    await writeFile(path, JSON.stringify({ ...old, ...scales }));
    const { state: read } = (await loadCheckpoint(root, "last"))!;
    expect(read.adaptation).toEqual({
      ...newAdaptationState(),
      generatorScale: 0.25,
      discriminatorScale: 0.125,
      ceiling: 0.25,
      rollbacks: { nonFinite: 2, collapse: 0 },
    });
    expect(read).not.toHaveProperty("generatorScale");
    expect(read.step).toBe(7);
  });

  it("are told from damaged ones and from other networks'", async () => {
    expect(await loadCheckpoint(root, "best")).toBeNull();
    await saveCheckpoint(root, "last", trainerOf(1), state, config);
    const checkpoint = (await loadCheckpoint(root, "last"))!;
    expect(() => restoreTrainer(trainerOf(1, { width: 4 }), checkpoint)).toThrow(
      /holds the shape \[4,4,1,2\] for 'generator\/down1\/kernel', where the network has the shape \[4,4,1,4\]/,
    );
    await writeFile(join(root, "checkpoints", "last", "state.json"), '{"formatVersion": 9}');
    await expect(loadCheckpoint(root, "last")).rejects.toThrow(/format 9/);
    await writeFile(join(root, "checkpoints", "last", "state.json"), "{");
    await expect(loadCheckpoint(root, "last")).rejects.toThrow(/state.json is damaged/);
  });

  it("name the folder that cannot be written to", async () => {
    await writeFile(join(root, "checkpoints"), "a file in the way");
    await expect(saveCheckpoint(root, "last", trainerOf(1), state, config)).rejects.toThrow(
      /checkpoints.*last/,
    );
  });
});
