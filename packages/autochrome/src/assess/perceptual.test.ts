import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { encodeModel } from "tfjs-onnxruntime/onnx";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { frechetDistance, type Picture } from "../evaluation/index.ts";
// The tiny network is the inference tests' own; nothing but tests may use it.
import { tinyModel } from "../inference/testing.ts";
import { compare, evaluate } from "./index.ts";
import { openPerceptual } from "./perceptual.ts";

let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "autochrome-perceptual-"));
  for (const [i, background] of ["#c8503c", "#3c78c8", "#5aa046", "#d0b020"].entries()) {
    const create = { width: 20 + 4 * i, height: 16, channels: 3 as const, background };
    await sharp({ create }).toFile(join(root, `photo-${i}.png`));
  }
  writeFileSync(join(root, "net.onnx"), tinyModel());
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Features: the mean of each channel, `[1, 3]`, of pictures in either layout. */
function meanColour(layout: "nchw" | "nhwc", channels: number | string = 3): Uint8Array {
  const axes = layout === "nchw" ? [2, 3] : [1, 2];
  const dims = layout === "nchw" ? ["n", channels, "h", "w"] : ["n", "h", "w", channels];
  return encodeModel({
    nodes: [
      {
        op: "ReduceMean",
        inputs: ["picture", "axes"],
        outputs: ["features"],
        attributes: { keepdims: { i: 0 } },
      },
    ],
    inputs: [{ name: "picture", type: "float32", dims }],
    outputs: [{ name: "features", type: "float32", dims: ["n", channels] }],
    initializers: [
      {
        name: "axes",
        type: "int64",
        dims: [2],
        data: new Uint8Array(BigInt64Array.from(axes, BigInt).buffer),
      },
    ],
  });
}

/** The mean absolute difference of two pictures, `[1, 1, 1, 1]`, in the shape of the lpips package. */
function meanDifference(): Uint8Array {
  const dims = ["n", 3, "h", "w"];
  return encodeModel({
    nodes: [
      { op: "Sub", inputs: ["in0", "in1"], outputs: ["difference"] },
      { op: "Abs", inputs: ["difference"], outputs: ["size"] },
      { op: "ReduceMean", inputs: ["size"], outputs: ["distance"], attributes: { keepdims: { i: 1 } } },
    ],
    inputs: [
      { name: "in0", type: "float32", dims },
      { name: "in1", type: "float32", dims },
    ],
    outputs: [{ name: "distance", type: "float32", dims: [1, 1, 1, 1] }],
  });
}

function write(name: string, bytes: Uint8Array, settings?: unknown): string {
  const path = join(root, name);
  writeFileSync(path, bytes);
  if (settings !== undefined) writeFileSync(path.replace(".onnx", ".json"), JSON.stringify(settings));
  return path;
}

const flat = (red: number, green: number, blue: number, width = 5, height = 3): Picture => ({
  rgb: Uint8Array.from({ length: width * height * 3 }, (_, i) => [red, green, blue][i % 3]),
  width,
  height,
});

async function featuresOf(path: string, picture: Picture): Promise<number[]> {
  const opened = (await openPerceptual({ fidNetwork: path }, () => {}))!;
  const values = await opened.networks.features!.extract(picture);
  await opened.dispose();
  return [...values];
}

describe("a network of features", () => {
  it("gets pictures in [0,1] at 299 x 299 in the file's own layout, and is no FID unless declared so", async () => {
    const notices: string[] = [];
    for (const layout of ["nchw", "nhwc"] as const) {
      const path = write(`${layout}.onnx`, meanColour(layout));
      const values = await featuresOf(path, flat(255, 51, 0));
      expect(values).toEqual([1, 0.2, 0].map((value) => expect.closeTo(value, 4)));
      const { networks, dispose } = (await openPerceptual({ fidNetwork: path }, (text) =>
        notices.push(text),
      ))!;
      expect(networks.features!.label).toBe(`Fréchet distance (${layout}.onnx)`);
      await dispose();
    }
    expect(notices[0]).toMatch(/is not called FID: .*\{"network": "inception-v3"\}/);
  });

  it("gets them as the .json beside it declares", async () => {
    const settings = {
      network: "inception-v3",
      size: 8,
      range: [-1, 1],
      mean: [0.5, 0, 0],
      std: [1, 2, 4],
      order: "bgr",
      layout: "nchw",
    };
    const path = write("declared.onnx", meanColour("nchw", "c"), settings);
    expect(await featuresOf(path, flat(255, 0, 51))).toEqual(
      // Blue first: -0.6 less 0.5; green -1 over 2; red 1 over 4.
      [-1.1, -0.5, 0.25].map((value) => expect.closeTo(value, 5)),
    );
    const { networks, dispose } = (await openPerceptual({ fidNetwork: path }, () => {}))!;
    expect(networks.features!.label).toBe("FID");
    await dispose();
  });

  it("is refused with a reason", async () => {
    const open = (path: string) => openPerceptual({ fidNetwork: path }, () => {});
    await expect(open(join(root, "none.onnx"))).rejects.toThrow(/cannot read .*none\.onnx/);
    await expect(open(join(root, "photo-0.png"))).rejects.toThrow(/damaged or not an ONNX file/);
    await expect(open(write("dynamic.onnx", meanColour("nchw", "c")))).rejects.toThrow(/declare "layout"/);
    await expect(open(write("wrong.onnx", meanColour("nchw"), { sise: 3 }))).rejects.toThrow(
      /wrong\.json does not describe the network beside it \(.*sise/,
    );
    await expect(open(write("std.onnx", meanColour("nchw"), { std: [1, 0, 1] }))).rejects.toThrow(
      /std: must not be 0/,
    );
    const maps = write("maps.onnx", meanDifference());
    const opened = (await open(maps))!;
    await expect(opened.networks.features!.extract(flat(1, 2, 3))).rejects.toThrow(/failed on a picture/);
    await opened.dispose();
  });
});

describe("evaluate and compare", () => {
  it("give both distances to the model and its baselines", async () => {
    const fidNetwork = write("features.onnx", meanColour("nhwc"), { size: null });
    const lpipsNetwork = write("distance.onnx", meanDifference(), { network: "lpips" });
    const painted: Picture[] = [];
    const truths: Picture[] = [];
    const notices: string[] = [];
    const { result, json } = await evaluate({
      photos: root,
      model: join(root, "net.onnx"),
      fidNetwork,
      lpipsNetwork,
      onNotice: (text) => notices.push(text),
      onPhoto: ({ width, height, images }) => {
        painted.push({ rgb: images.colourized, width, height });
        truths.push({ rgb: images.truth, width, height });
      },
    });
    const means = ({ rgb }: Picture) =>
      [0, 1, 2].map(
        (c) => rgb.reduce((sum, v, i) => (i % 3 === c ? sum + v : sum), 0) / (rgb.length / 3) / 255,
      );
    const { frechet, distance } = result.perceptual!;
    expect(frechet).toMatchObject({ label: "Fréchet distance (features.onnx)", photos: 4, dimensions: 3 });
    expect(frechet!.model).toBeCloseTo(frechetDistance(truths.map(means), painted.map(means)), 5);
    expect(frechet!.baselines.gray).toBeGreaterThan(0);
    const differences = truths.map(
      ({ rgb }, k) =>
        rgb.reduce((sum, v, i) => sum + Math.abs(v - painted[k].rgb[i]), 0) / rgb.length / 127.5,
    );
    const mean = differences.reduce((sum, value) => sum + value, 0) / 4;
    expect(distance!.label).toBe("LPIPS");
    expect(distance!.model.mean).toBeCloseTo(mean, 5);
    expect(Object.keys(distance!.baselines)).toEqual(["gray", "mean"]);
    expect(json.perceptual!.distance!.model.mean).toBe(distance!.model.mean);
    expect(notices).toContainEqual(expect.stringMatching(/of 4 photos is far above that of many/));

    const other = write("other.onnx", tinyModel({ slope: [0.3, 0] }));
    const models = [join(root, "net.onnx"), other];
    const both = await compare({ photos: root, models, fidNetwork, lpipsNetwork });
    expect(both.models[0].result).toEqual(result);
    expect(both.models[1].result.perceptual!.frechet!.baselines).toEqual(frechet!.baselines);
    expect(both.models[1].result.perceptual!.frechet!.model).not.toBe(frechet!.model);
  });
});
