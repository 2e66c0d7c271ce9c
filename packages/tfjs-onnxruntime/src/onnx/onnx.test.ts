import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { encodeModel, type OnnxModel, readOnnxMetadata } from "./index.ts";

const MODEL: OnnxModel = {
  nodes: [
    { op: "Mul", inputs: ["x", "w"], outputs: ["scaled"] },
    { op: "LeakyRelu", inputs: ["scaled"], outputs: ["y"], attributes: { alpha: { f: 0.25 } } },
  ],
  inputs: [{ name: "x", type: "float32", dims: ["rows", 2] }],
  outputs: [{ name: "y", type: "float32", dims: ["rows", 2] }],
  initializers: [
    { name: "w", type: "float32", dims: [2], data: new Uint8Array(new Float32Array([1, 10]).buffer) },
  ],
  metadata: { author: "Zoë", empty: "" },
};

describe("encodeModel", () => {
  test("the runtime computes what the graph says, for any number of rows", async () => {
    const session = await ort.InferenceSession.create(encodeModel(MODEL));
    const { y } = await session.run({ x: new ort.Tensor("float32", [1, -1, -4, 2], [2, 2]) });
    expect(y.dims).toEqual([2, 2]);
    expect([...(y.data as Float32Array)]).toEqual([1, -2.5, -1, 20]);
  });
});

describe("readOnnxMetadata", () => {
  test("reads what was written", () => {
    expect(readOnnxMetadata(encodeModel(MODEL))).toEqual({ author: "Zoë", empty: "" });
  });

  test("refuses what is no ONNX model", () => {
    const text = new TextEncoder().encode("<html>not found</html>");
    expect(() => readOnnxMetadata(text)).toThrow(/not an ONNX model/);
    expect(() => readOnnxMetadata(new Uint8Array(0))).toThrow(/not an ONNX model/);
    const whole = encodeModel(MODEL);
    for (const length of [10, 40, whole.length - 3]) {
      expect(() => readOnnxMetadata(whole.subarray(0, length))).toThrow(/not an ONNX model/);
    }
  });
});
