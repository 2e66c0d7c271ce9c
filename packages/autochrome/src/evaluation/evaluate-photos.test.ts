import { describe, expect, it } from "vitest";
import { AutochromeError } from "../errors.ts";
import { type EvaluationOptions, evaluatePhotos, type PhotoEvent } from "./evaluate-photos.ts";
import { formatEvaluation } from "./format.ts";
import { toJson } from "./json.ts";
import { type EvaluationPhoto, METRIC_NAMES } from "./photo-metrics.ts";

/** Left half green, right half orange, brighter towards the bottom. */
function twoColours(name: string, width: number, height: number): EvaluationPhoto {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      const light = 0.5 + y / (2 * height);
      rgb.set(x < width / 2 ? [40 * light, 160 * light, 40 * light] : [240 * light, 140 * light, 0], i);
    }
  }
  return { name, rgb, width, height };
}

function flat(name: string, width: number, height: number, value: number): EvaluationPhoto {
  return { name, rgb: new Uint8Array(width * height * 3).fill(value), width, height };
}

async function* stream(...photos: EvaluationPhoto[]): AsyncGenerator<EvaluationPhoto> {
  yield* photos;
}

const perfect = async ({ rgb }: EvaluationPhoto): Promise<Uint8Array> => rgb.slice();
const options: EvaluationOptions = { meanChroma: [2, 8] };
/** Two patches: real pictures of twoColours have more colour in them than gray. */
const spread: EvaluationOptions["discriminator"] = async ({ rgb }) =>
  Float32Array.of(rgb[1] - rgb[0] - 20, rgb[1] - rgb[2] - 20);

describe("evaluatePhotos", () => {
  it("gives the truth perfect scores and gray its known ones", async () => {
    const photos = stream(twoColours("a", 24, 20), twoColours("b", 16, 30));
    const { model, baselines, colours, score, perPhoto } = await evaluatePhotos(photos, perfect, options);
    expect(model.ssim.mean).toBeCloseTo(1, 12);
    expect(model.deltaE2000.mean).toBe(0);
    expect(model.hueAccuracy.mean).toBe(1);
    expect(model.colourfulnessRatio).toEqual({ mean: 1, low: 1, high: 1 });
    expect(model.accuracy2.mean).toBe(1);
    expect(model.aucRebalanced.mean).toBeCloseTo(1, 12);
    expect(Number.isFinite(model.psnr.mean)).toBe(true);
    expect(score).toBe(2);
    expect(baselines.gray.hueAccuracy.mean).toBe(0);
    expect(baselines.gray.colourfulnessRatio.mean).toBe(0);
    expect(baselines.gray.deltaE2000.mean).toBeGreaterThan(baselines.mean.deltaE2000.mean);
    expect(colours.recall[colours.classes.indexOf("green")]).toBe(1);
    expect(perPhoto.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("scores gray as a network exactly like the gray baseline", async () => {
    const painted: Uint8Array[] = [];
    const listen = { ...options, onPhoto: ({ images }: PhotoEvent) => void painted.push(images.gray) };
    await evaluatePhotos(stream(twoColours("a", 24, 20), twoColours("b", 16, 30)), perfect, listen);
    const grays = painted.values();
    const gray = async (): Promise<Uint8Array> => grays.next().value!;
    const photos = stream(twoColours("a", 24, 20), twoColours("b", 16, 30));
    const result = await evaluatePhotos(photos, gray, options);
    expect(result.model).toEqual(result.baselines.gray);
  });

  it("takes extra models as further baselines, and is deterministic", async () => {
    const run = () =>
      evaluatePhotos(stream(twoColours("a", 24, 20), twoColours("b", 16, 30)), perfect, {
        ...options,
        extraModels: { l1: perfect },
        seed: 5,
      });
    const result = await run();
    expect(result.baselines.l1).toEqual(result.model);
    expect(await run()).toEqual(result);
  });

  it("tells real from painted with a discriminator", async () => {
    const gray = async ({ rgb }: EvaluationPhoto): Promise<Uint8Array> => rgb.map(() => 90);
    const { discriminator } = await evaluatePhotos(stream(twoColours("a", 12, 12)), gray, {
      ...options,
      discriminator: spread,
      labelSmoothing: 0.9,
    });
    expect(discriminator?.perImage.confusion).toEqual({ tp: 1, fp: 0, fn: 0, tn: 1 });
    expect(discriminator?.perPatch.confusion).toEqual({ tp: 2, fp: 0, fn: 0, tn: 2 });
    expect(discriminator?.verdict.kind).toBe("discerning");
  });

  it("says what is wrong with sizes and empty sets", async () => {
    const short = async (): Promise<Uint8Array> => new Uint8Array(3);
    await expect(evaluatePhotos(stream(flat("x.png", 4, 4, 1)), short, options)).rejects.toThrow(
      /x\.png: the network's picture holds 3 samples/,
    );
    const wrong = { ...flat("y.png", 4, 4, 1), width: 5 };
    await expect(evaluatePhotos(stream(wrong), perfect, options)).rejects.toThrow(AutochromeError);
    await expect(evaluatePhotos(stream(), perfect, options)).rejects.toThrow(/no photos/);
  });
});

describe("toJson", () => {
  const keys = (value: object): string[] => Object.keys(value).sort();

  it("has the document's keys, exactly", async () => {
    const result = await evaluatePhotos(stream(twoColours("a", 24, 20)), perfect, {
      ...options,
      discriminator: spread,
    });
    const json = toJson(result);
    for (const key of ["photos", "model", "baselines", "discriminator", "colours"])
      expect(json).toHaveProperty(key);
    expect(keys(json.baselines)).toEqual(["gray", "mean"]);
    for (const metrics of [json.model, json.baselines.gray, json.baselines.mean]) {
      expect(keys(metrics)).toEqual([...METRIC_NAMES].sort());
      for (const interval of Object.values(metrics)) expect(keys(interval)).toEqual(["high", "low", "mean"]);
    }
    expect(keys(json.discriminator!)).toEqual(["perImage", "perPatch"]);
    for (const scores of Object.values(json.discriminator!)) {
      expect(keys(scores)).toEqual(
        ["accuracy", "confusion", "f1", "precision", "recall", "rocAuc", "threshold"].sort(),
      );
      expect(keys(scores.confusion)).toEqual(["fn", "fp", "tn", "tp"]);
    }
    expect(keys(json.colours)).toEqual(["classes", "confusion", "f1", "precision", "recall"]);
    expect(json.colours.confusion).toHaveLength(10);
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });

  it("writes null where a figure does not exist, never NaN or infinity", async () => {
    const json = toJson(await evaluatePhotos(stream(flat("gray", 5, 5, 128)), perfect, options));
    expect(json.discriminator).toBeNull();
    expect(json.model.ssim).toEqual({ mean: null, low: null, high: null });
    expect(json.model.hueAccuracy.mean).toBeNull();
    expect(json.model.colourfulnessRatio.mean).toBeNull();
    expect(json.model.psnr.mean).toBeGreaterThan(60);
    expect(json.colours.precision[1]).toBeNull();
    expect(json.score).not.toBeUndefined();
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });

  it("leaves photos without a metric out of its mean", async () => {
    const gray = async ({ rgb }: EvaluationPhoto): Promise<Uint8Array> => rgb.map(() => 128);
    const photos = stream(flat("gray", 24, 24, 128), twoColours("a", 24, 24));
    const { model } = await evaluatePhotos(photos, gray, options);
    expect(model.hueAccuracy).toEqual({ mean: 0, low: 0, high: 0 });
    expect(model.colourfulnessRatio.mean).toBe(0);
  });
});

describe("formatEvaluation", () => {
  it("sets the network beside gray, mean and extra models", async () => {
    const result = await evaluatePhotos(stream(twoColours("a", 24, 20)), perfect, {
      ...options,
      extraModels: { l1: perfect },
      discriminator: spread,
      labelSmoothing: 0.9,
    });
    const text = formatEvaluation(result);
    expect(text).toMatch(/^1 photo;/);
    expect(text).toMatch(/ +network +gray +mean +l1 +better\n/);
    expect(text).toMatch(/Hue accuracy +1\.000 \[1\.000, 1\.000\] +0\.000 \[0\.000, 0\.000\]/);
    expect(text).toMatch(/per image +0\.5 /);
    expect(text).toMatch(/per patch +0\.45 /);
    expect(text).toContain("blue");
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });
});
