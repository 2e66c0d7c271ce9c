import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { encodeModel } from "tfjs-onnxruntime/onnx";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rgbToLab } from "../color/index.ts";
import { METADATA_KEY } from "../inference/index.ts";
// The tiny network is the inference tests' own; nothing but tests may use it.
import { tinyModel } from "../inference/testing.ts";
import { train } from "../training/index.ts";
// A run of a second, the training tests' own.
import { makePhotos, testConfig } from "../training/testing.ts";
import { compare, discriminatorInput, evaluate, findModels, openDiscriminator } from "./index.ts";
import { loadPhotos, thinOut } from "./photos.ts";

let root: string;
let photos: string;
let model: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "autochrome-assess-"));
  photos = join(root, "photos");
  model = join(root, "model");
  mkdirSync(join(photos, "deep"), { recursive: true });
  mkdirSync(model);
  for (const [name, r, g, b] of [
    ["a.png", 200, 80, 60],
    ["deep/b.png", 60, 120, 200],
    ["deep/c.jpg", 90, 160, 70],
  ] as const) {
    const create = { width: 60, height: 40, channels: 3 as const, background: { r, g, b } };
    await sharp({ create }).toFile(join(photos, name));
  }
  writeFileSync(join(photos, "broken.png"), "not a photo");
  writeFileSync(join(photos, "note.md"), "no photo at all");
  writeFileSync(join(model, "generator.onnx"), tinyModel({ metadata: { card: { meanChroma: [3, 4] } } }));
  writeFileSync(join(model, "discriminator.onnx"), colourDetector());
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A discriminator whose logit is 10 a*: positive for red. */
function colourDetector(fields: Record<string, unknown> = {}): Uint8Array {
  const metadata = {
    formatVersion: 1,
    role: "discriminator",
    name: "red",
    version: "1",
    space: "lab",
    multiple: 8,
    size: 32,
    preset: "tiny",
    card: { labelSmoothing: 0.8 },
    ...fields,
  };
  return encodeModel({
    nodes: [{ op: "MatMul", inputs: ["input", "slope"], outputs: ["output"] }],
    inputs: [{ name: "input", type: "float32", dims: ["n", "h", "w", 3] }],
    outputs: [{ name: "output", type: "float32", dims: ["n", "h", "w", 1] }],
    initializers: [
      {
        name: "slope",
        type: "float32",
        dims: [3, 1],
        data: new Uint8Array(Float32Array.of(0, 10, 0).buffer),
      },
    ],
    metadata: { [METADATA_KEY]: JSON.stringify(metadata) },
  });
}

describe("loadPhotos", () => {
  it("scales down, names by the path below the shared folder, and passes over what is broken", async () => {
    const skipped: string[] = [];
    const paths = ["a.png", "broken.png", "deep/c.jpg"].map((name) => join(photos, name));
    const loaded = [];
    for await (const photo of loadPhotos(paths, 30, ({ path }) => skipped.push(path))) loaded.push(photo);
    expect(loaded.map(({ name, width, height, rgb }) => [name, width, height, rgb.length])).toEqual([
      ["a.png", 30, 20, 1800],
      ["deep/c.jpg", 30, 20, 1800],
    ]);
    expect(skipped).toEqual([paths[1]]);
  });

  it("never enlarges", async () => {
    for await (const { width, height } of loadPhotos([join(photos, "a.png")], 512, () => {})) {
      expect([width, height]).toEqual([60, 40]);
    }
  });
});

it("thins out evenly", () => {
  expect(thinOut([0, 1, 2, 3, 4, 5], 3)).toEqual([0, 2, 4]);
  expect(thinOut([0, 1], 3)).toEqual([0, 1]);
});

describe("discriminatorInput", () => {
  const rgb = Uint8Array.from({ length: 5 * 3 * 3 }, (_, i) => (i * 37) % 256);

  it("cuts long sides to a multiple around the middle", () => {
    const { values, dims } = discriminatorInput({ rgb, width: 5, height: 3 }, { space: "lab", multiple: 2 });
    expect(dims).toEqual([1, 2, 4, 3]);
    const lab = rgbToLab(rgb);
    // Row 1 of the input, column 3, is the photo's row 1, column 3: one column is lost on the right.
    const [l, a, b] = lab.subarray((5 + 3) * 3);
    expect([...values.subarray((4 + 3) * 3, (4 + 3) * 3 + 3)]).toEqual([
      expect.closeTo(l! / 50 - 1, 5),
      expect.closeTo(a! / 110, 5),
      expect.closeTo(b! / 110, 5),
    ]);
  });

  it("mirrors sides shorter than a multiple", () => {
    const { values, dims } = discriminatorInput({ rgb, width: 5, height: 3 }, { space: "rgb", multiple: 4 });
    expect(dims).toEqual([1, 4, 4, 4]);
    // Rows -1, 0, 1, 2: the first is row 1 again.
    expect(values.subarray(0, 16)).toEqual(values.subarray(32, 48));
    expect(values[1]).toBeCloseTo(rgb[5 * 3]! / 127.5 - 1, 5);
  });
});

describe("evaluate", () => {
  it("measures a model folder with its discriminator, and leaves broken photos out", async () => {
    const told: string[] = [];
    const { json, skipped, result } = await evaluate({
      photos,
      model,
      onStart: ({ total, discriminator }) => told.push(`start ${total} ${discriminator}`),
      onPhoto: ({ name }) => told.push(name),
      onSkip: ({ path }) => told.push(`skip ${path.slice(photos.length + 1)}`),
    });
    expect(json.photos).toBe(3);
    expect(told[0]).toBe("start 4 true");
    expect(told.slice(1).sort()).toEqual(["a.png", "deep/b.png", "deep/c.jpg", "skip broken.png"]);
    expect(skipped).toHaveLength(1);
    // The linear network paints a = 0.1 x + 0.1 and b = -0.2 x + 0.1 of L: little of it, but not nothing.
    expect(json.model.colourfulness.mean).toBeGreaterThan(json.baselines.gray.colourfulness.mean!);
    expect(json.baselines.gray.colourfulness.mean).toBeCloseTo(0, 6);
    // The card's mean chroma, (3, 4), is what `mean` paints.
    expect(json.baselines.mean.abMae.mean).not.toBeCloseTo(json.baselines.gray.abMae.mean!, 3);
    // Red and blue have a* > 0, green has not; painted ones have it everywhere.
    expect(json.discriminator!.perImage.confusion).toEqual({ tp: 2, fn: 1, fp: 3, tn: 0 });
    expect(result.discriminator!.labelSmoothing).toBe(0.8);
    expect(result.discriminator!.perPatch.confusion.fp).toBe(3 * 56 * 40);
  });

  it("writes a report, repeats itself, and does without a discriminator", async () => {
    const report = join(root, "report.html");
    const lonely = join(root, "lonely.onnx");
    writeFileSync(lonely, tinyModel());
    const notices: string[] = [];
    const options = { photos: [join(photos, "deep")], model: lonely, seed: 3, longSide: 20 };
    const first = await evaluate({ ...options, report, onNotice: (text) => notices.push(text) });
    expect(first.json.discriminator).toBeNull();
    expect(notices).toEqual([expect.stringMatching(/names no mean chroma/)]);
    const html = readFileSync(report, "utf8");
    expect(html).toMatch(/<h1>linear<\/h1>.*version 1\.0\.0/s);
    expect(html.match(/data:image\/jpeg/g)).toHaveLength(6);
    expect((await evaluate(options)).json).toEqual(first.json);
    expect((await evaluate({ ...options, limit: 1 })).json.photos).toBe(1);
  });

  it("says what is wrong", async () => {
    mkdirSync(join(root, "empty"), { recursive: true });
    await expect(evaluate({ photos: join(root, "empty"), model })).rejects.toThrow(/empty/);
    await expect(evaluate({ photos: join(photos, "broken.png"), model })).rejects.toThrow(
      /none of 1 photos can be read \(.*broken\.png/,
    );
    await expect(evaluate({ photos, model: join(root, "none") })).rejects.toThrow(/there is no model/);
    await expect(evaluate({ photos, model, limit: 0 })).rejects.toThrow(/whole numbers from 1/);
    await expect(openDiscriminator(join(model, "generator.onnx"))).rejects.toThrow(/is a generator/);
    const other = join(root, "other.onnx");
    writeFileSync(other, colourDetector({ space: "rgb" }));
    await expect(evaluate({ photos, model, discriminator: other })).rejects.toThrow(
      /in space lab, .* in rgb/,
    );
    const report = join(root, "nowhere", "report.html");
    await expect(evaluate({ photos, model, limit: 1, report })).rejects.toThrow(/its folder does not exist/);
  });
});

describe("compare", () => {
  it("measures each as alone, in the order named, with folders of models opened up", async () => {
    const zoo = join(root, "zoo");
    for (const [name, slope] of [
      ["a", [0.2, -0.1]],
      ["b", [0.1, -0.2]],
    ] as const) {
      mkdirSync(join(zoo, name), { recursive: true });
      writeFileSync(join(zoo, name, "generator.onnx"), tinyModel({ slope, metadata: { name } }));
    }
    writeFileSync(join(zoo, "b", "l1.onnx"), tinyModel({ slope: [0, 0] }));
    writeFileSync(join(zoo, "note.txt"), "no model");
    expect(await findModels([model, zoo, join(zoo, "a")])).toEqual([model, join(zoo, "a"), join(zoo, "b")]);
    await expect(findModels([photos])).rejects.toThrow(/is no network and holds none/);

    const report = join(root, "several.html");
    const notices: string[] = [];
    const started: string[] = [];
    const { models, comparison, json, skipped } = await compare({
      photos,
      models: [zoo, model],
      seed: 3,
      report,
      onStart: ({ models: names, total }) => started.push(...names, String(total)),
      onNotice: (text) => notices.push(text),
    });
    expect(started).toEqual(["a", "b", "linear", "4"]);
    expect(skipped).toHaveLength(1);
    expect(comparison.models.map(({ name }) => name)).toEqual(["b", "linear"]);
    // Only the last one's card has a mean chroma, which stands in for the others'.
    expect(notices.filter((text) => /takes another model's/.test(text))).toHaveLength(2);
    expect(models[0].result.baselines.mean).toEqual(models[2].result.baselines.mean);
    const alone = await evaluate({ photos, model, seed: 3 });
    expect(models[2].result).toEqual(alone.result);
    expect(json.models[2]).toEqual({ name: "linear", ...alone.json });
    expect(Object.keys(json.models[1].baselines)).toEqual(["gray", "mean", "l1"]);
    const html = readFileSync(report, "utf8");
    expect(html).toMatch(/<h1>a · b · linear<\/h1>/);
    expect(html.match(/data:image\/jpeg/g)).toHaveLength(3 * 5);
  });

  it("shows a run's L1-only network as a baseline", async () => {
    const run = join(root, "my-run");
    await train(testConfig({ photos: [await makePhotos(root)], run, steps: 4 }));
    const { result, model: info } = await evaluate({ photos, model: run });
    expect([info.name, info.path]).toEqual(["my-run", run]);
    expect(Object.keys(result.baselines)).toEqual(["gray", "mean", "l1"]);
    expect(result.baselines.l1.deltaE2000.mean).not.toBe(result.model.deltaE2000.mean);
  });
});
