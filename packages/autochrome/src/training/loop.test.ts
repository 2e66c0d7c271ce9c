import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keras, tf } from "../models/index.ts";
import type { PartialConfig } from "./config/index.ts";
import type { StepEvent, TrainEvents } from "./events.ts";
import { loadTrainedNetworks, type StepLosses, train } from "./index.ts";
import { makePhotos, testConfig, withoutClock } from "./testing.ts";

let root: string;
let photos: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-train-"));
  photos = await makePhotos(root);
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const folder = (name: string) => join(root, "runs", name);
const config = (name: string, flags: PartialConfig = {}) =>
  testConfig({ photos: [photos], run: folder(name), ...flags });
const lines = async (run: string, file = "metrics.jsonl") =>
  (await readFile(join(run, file), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Everything but the clock's doing. */
function comparable(rows: Record<string, unknown>[]): unknown[] {
  return rows.map(withoutClock);
}

describe("train", () => {
  it("trains in two phases and fills the run's folder", async () => {
    const told: string[] = [];
    const steps: StepEvent[] = [];
    const result = await train(config("a"), {
      onStart: ({ trainingPhotos, validationPhotos }) =>
        told.push(`start ${trainingPhotos}+${validationPhotos}`),
      onStep: (event) => steps.push(event),
      onEpoch: ({ epoch }) => told.push(`epoch ${epoch}`),
      onSample: ({ step }) => told.push(`sample ${step}`),
      onCheckpoint: ({ step, name }) => told.push(`${name} ${step}`),
    });
    expect(result.ended).toBe("done");
    expect(steps.map(({ phase }) => phase)).toEqual(["l1", "l1", ...Array(4).fill("adversarial")]);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(steps[5]!.progress).toBe(1);
    expect(steps[5]!.secondsLeft).toBe(0);
    expect(told[0]).toBe("last 0");
    expect(told[1]).toBe("start 5+1");
    for (const event of [
      "last 2",
      "pretrained 2",
      "sample 3",
      "best 3",
      "last 4",
      "epoch 1",
      "epoch 2",
      "sample 6",
      "last 6",
    ]) {
      expect(told).toContain(event);
    }
    expect((await readdir(folder("a"))).sort()).toEqual(
      "checkpoints config.json events.jsonl metrics.jsonl photos.json samples scan-train.json".split(" "),
    );
    const rows = await lines(folder("a"));
    expect(rows.filter((row) => "l1" in row)).toHaveLength(6);
    expect(rows.filter((row) => "validation" in row)).toHaveLength(2);
    const sheet = await sharp(join(folder("a"), "samples", "step-0000003.jpg")).metadata();
    expect([sheet.width, sheet.height]).toEqual([3 * 8 + 8, 8]);
    const saved = JSON.parse(await readFile(join(folder("a"), "config.json"), "utf8"));
    expect(saved).toEqual(config("a"));
  });

  it("goes on after an interruption to the same losses, weights and records, bit by bit", async () => {
    const flags: PartialConfig = { dropout: 0.5, depth: 3, schedule: "linear", onInstability: "adapt" };
    const whole: StepLosses[] = [];
    await train(config("whole", flags), { onStep: ({ losses }) => whole.push(losses) });

    const parts: StepLosses[] = [];
    const stop = new AbortController();
    const first = await train(
      config("parts", flags),
      {
        onStep: ({ step, losses }) => {
          parts.push(losses);
          if (step === 3) stop.abort();
        },
      },
      { signal: stop.signal },
    );
    expect([first.ended, first.step]).toEqual(["interrupted", 3]);
    const second = await train(
      config("parts", flags),
      { onStep: ({ losses }) => parts.push(losses) },
      { resume: true },
    );
    expect([second.ended, second.step]).toEqual(["done", 6]);
    expect(parts).toEqual(whole);
    expect(comparable(await lines(folder("parts")))).toEqual(comparable(await lines(folder("whole"))));
    const tensors = (name: string) =>
      readFile(join(folder(name), "checkpoints", "last", "tensors.safetensors"));
    expect((await tensors("parts")).equals(await tensors("whole"))).toBe(true);
  });

  it("goes on after being killed between checkpoints", async () => {
    const whole: number[] = [];
    await train(config("whole"), { onStep: ({ losses }) => whole.push(losses.generator) });

    // Throwing in step 4, after the checkpoint of step 2 and with metrics of step 3 written, is as good as a kill.
    const killed = config("killed", { checkpointEvery: 2 });
    const events: TrainEvents = {
      onStep: ({ step }) => {
        if (step === 4) throw new Error("killed");
      },
    };
    await expect(train(killed, events)).rejects.toThrow("killed");
    await writeFile(join(killed.run!, "lock"), JSON.stringify({ pid: 2 ** 30, host: "elsewhere" }));
    await expect(train(killed, {}, { resume: true })).rejects.toThrow(/another training .* on elsewhere/);
    await rm(join(killed.run!, "lock"));
    await train(killed, {}, { resume: true });
    const rows = (await lines(killed.run!)).filter((row) => "l1" in row);
    expect(rows.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(rows.map(({ generator }) => generator)).toEqual(whole);
  });

  it("keeps the number of tensors constant over steps", async () => {
    const counts: number[] = [];
    await train(config("a", { steps: 8 }), { onStep: () => counts.push(tf.memory().numTensors) });
    expect(new Set(counts).size).toBe(1);
  });

  it("refuses a run that exists, is being written to, or was made with other settings", async () => {
    const small = { steps: 1, validateEvery: 0 };
    await train(config("a", small));
    await expect(train(config("a", small))).rejects.toThrow(/--resume/);
    await expect(train(config("a", { ...small, batchSize: 3 }), {}, { resume: true })).rejects.toThrow(
      /was made with batchSize 2, not 3: leave --batch-size out/,
    );
    await expect(train(config("b"), {}, { resume: true })).rejects.toThrow(/holds no run to resume/);
    let inside: unknown;
    await train(config("c", { ...small, steps: 2 }), {
      onStart: () => {
        inside = train(config("c", small), {}, { resume: true }).catch((error: Error) => error.message);
      },
    });
    expect(await inside).toMatch(/another training \(process \d+ on/);
  });

  it("leaves nothing behind when there is nothing to train on", async () => {
    await expect(train(config("a", { photos: [join(root, "none")] }))).rejects.toThrow(/none/);
    await expect(stat(join(root, "runs"))).rejects.toThrow();
  });

  it("goes back to a good checkpoint with half the learning rates when a loss is not finite", async () => {
    const seen: [number, string, string][] = [];
    const run = config("a", { steps: 4, generatorLearningRate: 1, pretrainSteps: 9 });
    const input = keras.input({ shape: [null, null, 1] });
    const conv = keras.layers.conv2d({ filters: 2, kernelSize: 1, name: "own" });
    const generator = keras.model({ inputs: input, outputs: conv.apply(input) as keras.SymbolicTensor });
    let poisoned = false;
    const result = await train(
      run,
      {
        onStep: ({ step }) => {
          if (step !== 3 || poisoned) return;
          poisoned = true;
          const [kernel, bias] = generator.getWeights();
          generator.setWeights([tf.fill(kernel!.shape, Number.NaN), bias!]);
        },
        onMonitor: ({ step, monitor, action }) => seen.push([step, monitor, action]),
      },
      { generator },
    );
    expect(seen).toEqual([
      [4, "non-finite", "went back to step 0; learning rates at most 1/2 of the configured"],
    ]);
    expect(result.step).toBe(4);
    const rates = (await lines(run.run!))
      .filter((row) => "l1" in row)
      .map((row) => row.generatorLearningRate);
    expect(rates).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  it("gives up after three returns", async () => {
    const run = config("a", { pretrainSteps: 9, checkpointEvery: 50 });
    const input = keras.input({ shape: [null, null, 1] });
    const conv = keras.layers.conv2d({ filters: 2, kernelSize: 1 });
    const generator = keras.model({ inputs: input, outputs: conv.apply(input) as keras.SymbolicTensor });
    const poison = () =>
      generator.setWeights(generator.getWeights().map((w) => tf.fill(w.shape, Number.NaN)));
    await expect(train(run, { onStep: poison }, { generator })).rejects.toThrow(
      /after 3 returns to a checkpoint/,
    );
  });

  it("works in space rgb, with photos to validate on named", async () => {
    const val = await makePhotos(join(root, "val"), 3);
    const scored: number[] = [];
    const result = await train(
      config("a", { space: "rgb", val, valOverlap: "exclude", steps: 3 }),
      {},
      {
        score: async (truth, painted, mean) => {
          expect(painted.map((rgb) => rgb.length)).toEqual(truth.map(({ rgb }) => rgb.length));
          expect(mean.every(Number.isFinite)).toBe(true);
          scored.push(truth.length);
          return { score: 1, metrics: { made: 2 } };
        },
      },
    );
    expect(scored).toEqual([2]);
    expect(result.best).toEqual({ step: 3, score: 1, metrics: { made: 2 } });
    // The three photos in `val` have copies among the six.
    const facts = JSON.parse(await readFile(join(folder("a"), "photos.json"), "utf8"));
    expect([facts.train, facts.validation.length]).toEqual([3, 3]);
  });

  it("keeps the L1-only network, the same whether or not it was interrupted, and none without an L1 phase", async () => {
    await train(config("l1", { steps: 2, pretrainSteps: 9 }));
    const stop = new AbortController();
    const onStep = ({ step }: StepEvent) => step === 5 && stop.abort();
    await train(config("a"), { onStep }, { signal: stop.signal });
    await train(config("a"), {}, { resume: true });
    const x = tf.fill([1, 8, 8, 1], 0.25);
    const painted = async (name: string, checkpoint: "last" | "pretrained") => {
      const { generator, state } = await loadTrainedNetworks(folder(name), checkpoint);
      return [state.step, state.adversarialSince, (generator.apply(x) as tf.Tensor).dataSync()];
    };
    expect(await painted("a", "pretrained")).toEqual(await painted("l1", "last"));
    await train(config("b", { steps: 1, pretrainSteps: 0 }));
    await expect(loadTrainedNetworks(folder("b"), "pretrained")).rejects.toThrow(
      /no checkpoint 'pretrained'/,
    );
  });

  it("hands out networks with the averaged weights, as the checkpoint does", async () => {
    const result = await train(config("a"));
    const loaded = await loadTrainedNetworks(folder("a"), "last");
    const x = tf.fill([1, 8, 8, 1], 0.25);
    const y = (result.generator.apply(x) as tf.Tensor).dataSync();
    expect((loaded.generator.apply(x) as tf.Tensor).dataSync()).toEqual(y);
    expect(loaded.state.step).toBe(6);
    await expect(loadTrainedNetworks(root)).rejects.toThrow(/holds no checkpoint/);
  });
});
