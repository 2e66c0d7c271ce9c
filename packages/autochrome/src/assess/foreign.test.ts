import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { encodeModel } from "tfjs-onnxruntime/onnx";
import { afterAll, beforeAll, expect, it } from "vitest";
// The synthetic network is the inference tests' own; nothing but tests may use it.
import { foreignModel } from "../inference/foreign/testing.ts";
import { METADATA_KEY } from "../inference/index.ts";
import { evaluate } from "./index.ts";

let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "autochrome-assess-foreign-"));
  const create = { width: 48, height: 32, channels: 3 as const, background: "#c64" };
  await sharp({ create }).toFile(join(root, "photo.png"));
  writeFileSync(join(root, "net.onnx"), foreignModel({ weights: [[0], [0]], bias: [20, -10] }));
  // A discriminator of RGB, whose logit is the red channel.
  const metadata = {
    formatVersion: 1,
    role: "discriminator",
    name: "d",
    version: "1",
    space: "rgb",
    multiple: 8,
    size: 32,
    preset: "tiny",
  };
  const slope = Float32Array.of(0, 1, 0, 0);
  const discriminator = encodeModel({
    nodes: [{ op: "MatMul", inputs: ["input", "slope"], outputs: ["output"] }],
    inputs: [{ name: "input", type: "float32", dims: ["n", "h", "w", 4] }],
    outputs: [{ name: "output", type: "float32", dims: ["n", "h", "w", 1] }],
    initializers: [{ name: "slope", type: "float32", dims: [4, 1], data: new Uint8Array(slope.buffer) }],
    metadata: { [METADATA_KEY]: JSON.stringify(metadata) },
  });
  writeFileSync(join(root, "judge.onnx"), discriminator);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("lets a discriminator judge other people's network only where it is named", async () => {
  copyFileSync(join(root, "judge.onnx"), join(root, "discriminator.onnx"));
  const options = { photos: join(root, "photo.png"), model: join(root, "net.onnx"), adapter: "eccv16" };
  const alone = await evaluate(options);
  expect(alone.json.discriminator).toBeNull();
  expect(alone.model).toMatchObject({ name: "net", space: "lab", adapter: { name: "eccv16" } });
  const judged = await evaluate({ ...options, discriminator: join(root, "judge.onnx") });
  expect(judged.json.discriminator?.perImage.confusion).toEqual({ tp: 1, fn: 0, fp: 1, tn: 0 });
  expect(judged.json.model).toEqual(alone.json.model);
});
