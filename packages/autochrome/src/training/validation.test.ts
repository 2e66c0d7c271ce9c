import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rgbToLuma } from "../color/index.ts";
import { FilePhotos, listPhotos, type ScannedPhoto } from "../data/index.ts";
import { keras } from "../models/index.ts";
import { selectBackend } from "./backend.ts";
import { makePhotos, testConfig } from "./testing.ts";
import {
  drawSamples,
  loadSquares,
  paintPhotos,
  scoreByChromaError,
  type ValidationPhoto,
} from "./validation.ts";

let root: string;
let photos: ScannedPhoto[];
beforeAll(async () => {
  await selectBackend({ backend: "cpu", device: null, threads: null });
  root = await mkdtemp(join(tmpdir(), "autochrome-validation-"));
  const paths = await listPhotos(await makePhotos(root, 6, 24));
  photos = paths.map((path) => ({ path, width: 24, height: 24, hash: path, colourfulness: 50 }));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const config = (flags = {}) => testConfig({ photos: ["x"], validationPhotos: 5, ...flags });

/** A generator that answers 0 everywhere. */
function zeros(channels: number): keras.LayersModel {
  const input = keras.input({ shape: [null, null, 1] });
  const layer = keras.layers.conv2d({ filters: channels, kernelSize: 1, kernelInitializer: "zeros" });
  return keras.model({ inputs: input, outputs: layer.apply(input) as keras.SymbolicTensor });
}

describe("loadSquares", () => {
  it("takes evenly spaced photos at the size asked for", async () => {
    const squares = await loadSquares(
      new FilePhotos(photos),
      config({ validationPhotos: 3, validationSize: 16 }),
    );
    expect(squares.map(({ name }) => name)).toEqual([0, 2, 4].map((i) => photos[i]!.path));
    for (const { width, height, rgb } of squares) expect([width, height, rgb.length]).toEqual([16, 16, 768]);
  });

  it("is content with the crop's size where no photo is larger", async () => {
    const squares = await loadSquares(new FilePhotos(photos), config({ cropSize: 16, validationSize: null }));
    expect(squares[0]!.width).toBe(16);
  });

  it("passes over what does not decode", async () => {
    const gone = { ...photos[0]!, path: join(root, "gone.png") };
    expect(await loadSquares(new FilePhotos([gone, photos[1]!]), config())).toHaveLength(1);
  });
});

describe("paintPhotos", () => {
  it("keeps lightness, and paints gray where the network says 0", async () => {
    const squares = await loadSquares(new FilePhotos(photos), config());
    const painted = await paintPhotos(zeros(2), squares, "lab");
    expect(painted).toHaveLength(5);
    painted.forEach((rgb, i) => {
      for (let k = 0; k < rgb.length; k += 3) expect(rgb[k]).toBe(rgb[k + 2]);
      const truth = rgbToLuma(squares[i]!.rgb);
      rgbToLuma(rgb).forEach((luma, j) => {
        expect(Math.abs(luma - truth[j]!)).toBeLessThan(1);
      });
    });
    const rgbPainted = await paintPhotos(zeros(3), squares.slice(0, 1), "rgb");
    expect(rgbPainted[0]).toEqual(painted[0]);
  });
});

describe("scoreByChromaError", () => {
  it("is 0 for the truth and worse for gray", async () => {
    const squares = await loadSquares(new FilePhotos(photos), config());
    const truth = await scoreByChromaError(
      squares,
      squares.map(({ rgb }) => rgb),
      [0, 0],
    );
    expect(truth.score).toBeCloseTo(0, 10);
    const gray = await scoreByChromaError(squares, await paintPhotos(zeros(2), squares, "lab"), [0, 0]);
    expect(gray.score).toBeLessThan(-5);
  });
});

describe("drawSamples", () => {
  it("lays out a row a photo: gray, painted, true", async () => {
    const solid = (r: number, g: number, b: number): ValidationPhoto => ({
      name: "",
      width: 16,
      height: 16,
      rgb: Uint8Array.from({ length: 768 }, (_, i) => [r, g, b][i % 3]!),
    });
    const rows = [solid(200, 30, 30), solid(30, 30, 200)];
    const sheet = await drawSamples(
      rows,
      rows.toReversed().map(({ rgb }) => rgb),
    );
    const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([56, 36]);
    const pixel = (x: number, y: number) =>
      Array.from(data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3));
    const near = (actual: number[], expected: number[]) =>
      actual.forEach((value, i) => {
        expect(Math.abs(value - expected[i]!)).toBeLessThan(12);
      });
    near(pixel(28, 8), [30, 30, 200]);
    near(pixel(48, 8), [200, 30, 30]);
    near(pixel(48, 28), [30, 30, 200]);
    const [red, green, blue] = pixel(8, 8);
    expect(Math.abs(red! - green!) + Math.abs(green! - blue!)).toBeLessThan(6);
  });
});
