import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EvaluationJson, MetricsJson } from "../evaluation/index.ts";
import { loadColorizer, readModelFile } from "../inference/index.ts";
import { tf } from "../models/index.ts";
import { type TrainConfig, train } from "../training/index.ts";
// A run of a second, the training tests' own.
import { makePhotos, testConfig } from "../training/testing.ts";
import { exportRun, readEvaluation } from "./index.ts";

let root: string;
let config: TrainConfig;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-export-"));
  config = testConfig({ photos: [await makePhotos(root)], run: join(root, "run"), steps: 4 });
  await train(config, {});
});
afterAll(() => rm(root, { recursive: true, force: true }));

function evaluation(): EvaluationJson {
  const names =
    "psnr ssim deltaE2000 abMae colourfulness colourfulnessRatio hueAccuracy accuracy2 accuracy5 auc";
  const metrics = (value: number | null) =>
    Object.fromEntries(
      names.split(" ").map((name) => [name, { mean: value, low: value, high: value }]),
    ) as MetricsJson;
  return {
    photos: 7,
    model: metrics(0.5),
    baselines: { gray: metrics(0.25), mean: metrics(null) },
    discriminator: null,
  } as unknown as EvaluationJson;
}

describe("exportRun", () => {
  it("writes both networks, their card and their checksums, and leaves the backend as it was", async () => {
    await tf.setBackend("cpu");
    const out = join(root, "models", "mine");
    const result = await exportRun(join(root, "run"), out, { license: "CC0-1.0" });
    expect(tf.getBackend()).toBe("cpu");
    expect((await readdir(out)).sort()).toEqual([
      "README.md",
      "SHA256SUMS",
      "discriminator.onnx",
      "generator.onnx",
    ]);
    const [generator, discriminator, ...texts] = result.files;
    expect(generator).toMatchObject({ path: join(out, "generator.onnx") });
    expect(generator!.parity!.difference).toBeLessThan(1e-4);
    expect(discriminator!.parity!.difference).toBeLessThan(1e-4);
    expect(texts.every(({ parity }) => parity === undefined)).toBe(true);

    const facts = JSON.parse(await readFile(join(root, "run", "photos.json"), "utf8"));
    const { metadata } = await readModelFile(join(out, "generator.onnx"));
    expect(metadata).toMatchObject({
      formatVersion: 1,
      role: "generator",
      name: "mine",
      version: "1.0.0",
      space: "lab",
      multiple: 4,
      size: 8,
      preset: "tiny",
    });
    expect(metadata.card).toMatchObject({
      license: "CC0-1.0",
      trainedOn: "photos",
      photos: facts.train,
      meanChroma: facts.meanChroma,
      labelSmoothing: 0.9,
      checkpoint: result.checkpoint,
      steps: result.step,
      created: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      seed: 1,
      losses: { adversarial: "bce" },
      validation: { score: expect.any(Number) },
    });
    const judge = await readModelFile(join(out, "discriminator.onnx"));
    expect(judge.metadata).toMatchObject({ role: "discriminator", multiple: 2 });

    const sums = (await readFile(join(out, "SHA256SUMS"), "utf8")).trim().split("\n");
    expect(sums).toHaveLength(3);
    for (const line of sums) {
      const [sum, name] = line.split("  ");
      expect(
        createHash("sha256")
          .update(await readFile(join(out, name!)))
          .digest("hex"),
      ).toBe(sum);
    }
    const card = await readFile(join(out, "README.md"), "utf8");
    expect(card).toMatch(/^# mine 1\.0\.0\n/);
    expect(card).toMatch(/Not measured beside baselines/);
    // Paths of the machine that trained stay there.
    expect(card + JSON.stringify(metadata)).not.toContain(root);

    const colorizer = await loadColorizer({ model: out });
    const data = new Uint8Array(30).fill(90);
    expect((await colorizer.colorize({ data, width: 5, height: 2 })).data).toHaveLength(30);
    await colorizer.dispose();
  });

  it("lets a generator with colour classes paint otherwise than it was trained", async () => {
    const run = join(root, "classes-run");
    await train(testConfig({ photos: config.photos, run, steps: 4, head: "classes" }), {});
    const painted = async (name: string, paint: { temperature?: number; vividness?: number }) => {
      const out = join(root, "models", name);
      const { generator } = await exportRun(run, out, { paint });
      const colorizer = await loadColorizer({ model: out });
      const { data } = await colorizer.colorize({ data: new Uint8Array(192).fill(90), width: 8, height: 8 });
      await colorizer.dispose();
      return { data: Array.from(data), settings: generator.settings };
    };
    const trained = await painted("trained", {});
    const vivid = await painted("vivid", { vividness: 4, temperature: 0.3 });
    expect(trained.settings).toMatchObject({ head: "classes", temperature: 0.5, vividness: 1.5 });
    expect(vivid.settings).toMatchObject({ head: "classes", temperature: 0.3, vividness: 4 });
    await expect(
      exportRun(join(root, "run"), join(root, "models", "none"), { paint: { vividness: 1 } }),
    ).rejects.toThrow(/colour classes.*leave them out/);
    await expect(exportRun(run, join(root, "models", "none"), { paint: { smoothing: 5 } })).rejects.toThrow(
      /smoothing is of generators with a pretrained encoder/,
    );
    const spread = (data: number[]) => Math.max(...data) - Math.min(...data);
    expect(spread(vivid.data)).toBeGreaterThan(spread(trained.data));
  });

  it("replaces an earlier export, takes the last checkpoint, half precision, and figures to quote", async () => {
    const out = join(root, "again");
    const first = await exportRun(join(root, "run"), out);
    const second = await exportRun(join(root, "run"), out, {
      checkpoint: "last",
      weights: "float16",
      name: "half | whole",
      metrics: evaluation(),
    });
    expect([second.checkpoint, second.step]).toEqual(["last", 4]);
    expect(second.generator.card.evaluation).toMatchObject({
      photos: 7,
      model: { deltaE2000: 0.5 },
      gray: { deltaE2000: 0.25 },
      mean: { deltaE2000: null },
    });
    expect(first.generator.name).toBe("again");
    const card = await readFile(join(out, "README.md"), "utf8");
    expect(card).toContain("On 7 photos kept apart from training");
    expect(card).toContain("| ΔE2000 (lower is better) | 0.50 [0.50, 0.50] | 0.25 [0.25, 0.25] | – |");
    expect(card).not.toMatch(/Which colour becomes which|The discriminator/);
  });

  it("quotes every baseline, which colours become which, and how the discriminator decides", async () => {
    const out = join(root, "quoted");
    const { model, baselines } = evaluation();
    const decisions = {
      threshold: 0.5,
      confusion: { tp: 6, fp: 2, fn: 1, tn: 5 },
      ...{ accuracy: 11 / 14, precision: 0.75, recall: 6 / 7, f1: 0.8, rocAuc: null },
    };
    const metrics = {
      ...evaluation(),
      baselines: { ...baselines, l1: model },
      // 40 gray pixels, of which 10 were painted red; 10 red ones, all painted gray; no blue one.
      colours: {
        classes: ["gray", "red", "blue"],
        confusion: [
          [30, 10, 0],
          [10, 0, 0],
          [0, 0, 0],
        ],
      },
      discriminator: { perImage: decisions, perPatch: decisions },
    } as unknown as EvaluationJson;
    const file = join(root, "metrics.json");
    await writeFile(file, JSON.stringify(metrics));
    await exportRun(join(root, "run"), out, { metrics: await readEvaluation(file) });
    const card = await readFile(join(out, "README.md"), "utf8");
    expect(card).toContain('"l1" is the network before its adversarial phase');
    expect(card).toContain("| | network | gray | mean | l1 |");
    expect(card).toContain("| gray, 80.0% | **75** | 25 | 0 |");
    expect(card).toContain("| red, 20.0% | 100 | **0** | 0 |");
    expect(card).toContain("| blue, 0.0% | – | – | **–** |");
    expect(card).toContain("| per image at 0.5 | 6 | 2 | 1 | 5 | 0.786 | 0.750 | 0.857 | 0.800 | – |");
    await writeFile(file, JSON.stringify({ ...metrics, colours: { classes: 3 } }));
    await expect(readEvaluation(file)).rejects.toThrow(/is no evaluation/);
  });

  it("says on the card that weights are 8-bit, and what that costs", async () => {
    const out = join(root, "eighth");
    const interval = (mean: number) => ({ mean, low: mean - 0.001, high: mean + 0.001 });
    const storageLoss = {
      weights: "int8" as const,
      photos: 53,
      deltaE2000: interval(0.004),
      psnr: interval(-0.002),
      hueAccuracy: { mean: Number.NaN, low: Number.NaN, high: Number.NaN },
      apart: interval(0.072),
    };
    const { generator } = await exportRun(join(root, "run"), out, { weights: "int8", storageLoss });
    expect(generator.card).toMatchObject({ weights: "int8", storageLoss: { photos: 53 } });
    const card = await readFile(join(out, "README.md"), "utf8");
    expect(card).toContain("stored as int8: kernels rounded to 255 steps an output channel");
    expect(card).toContain(
      "| Lost by that | Beside the same network in float32, on 53 photos: ΔE2000 +0.004 [+0.003, +0.005], PSNR " +
        "-0.002 [-0.003, -0.001] dB, hue accuracy not measurable; the pictures are ΔE2000 0.072 [0.071, 0.073] apart |",
    );
    const { metadata } = await readModelFile(join(out, "generator.onnx"));
    expect(metadata.card.weights).toBe("int8");
  });

  it("writes the L1-only network when asked to, and leaves none of an earlier export behind", async () => {
    const out = join(root, "with-l1");
    const { files } = await exportRun(join(root, "run"), out, { l1: true });
    expect(files.map(({ path }) => path)).toContain(join(out, "l1.onnx"));
    const { bytes, metadata } = await readModelFile(join(out, "l1.onnx"));
    expect(metadata).toMatchObject({ role: "generator", card: { checkpoint: "pretrained", steps: 2 } });
    await exportRun(join(root, "run"), join(root, "pretrained"), {
      checkpoint: "pretrained",
      name: "with-l1",
    });
    const again = await readFile(join(root, "pretrained", "generator.onnx"));
    expect(again.equals(bytes)).toBe(true);
    await exportRun(join(root, "run"), out);
    expect(await readdir(out)).not.toContain("l1.onnx");
  });

  it("is the same file, byte for byte, when repeated", async () => {
    const bytes = async (name: string) => {
      await exportRun(join(root, "run"), join(root, name), { name: "same" });
      return readFile(join(root, name, "generator.onnx"));
    };
    expect((await bytes("one")).equals(await bytes("two"))).toBe(true);
  });

  it("says what is wrong in one line, and writes nothing", async () => {
    const out = join(root, "nothing");
    await expect(exportRun(join(root, "none"), out)).rejects.toThrow(/there is no run '.*none'/);
    await expect(exportRun(root, out)).rejects.toThrow(/holds no checkpoint: name the folder of a run/);
    await expect(exportRun(join(root, "run", "config.json"), out)).rejects.toThrow(/is a file/);
    await expect(readdir(out)).rejects.toThrow();
    await writeFile(join(root, "README.md"), "my own");
    await expect(exportRun(join(root, "run"), root)).rejects.toThrow(
      /README.md exists, and .* another folder/,
    );
    expect(await readFile(join(root, "README.md"), "utf8")).toBe("my own");
    await expect(exportRun(join(root, "run"), join(root, "README.md", "x"))).rejects.toThrow(
      /cannot write .*choose another output/,
    );
  });
});

describe("readEvaluation", () => {
  it("takes what evaluate --json prints and nothing else", async () => {
    const path = join(root, "eval.json");
    await writeFile(path, JSON.stringify(evaluation()));
    expect(await readEvaluation(path)).toEqual(evaluation());
    for (const text of ["{", "{}", JSON.stringify({ ...evaluation(), baselines: {} })]) {
      await writeFile(path, text);
      await expect(readEvaluation(path)).rejects.toThrow(/eval\.json is no evaluation: write one with/);
    }
    await expect(readEvaluation(join(root, "none.json"))).rejects.toThrow(/cannot read .*no such file/);
  });
});
