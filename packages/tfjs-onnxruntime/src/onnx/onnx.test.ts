import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import {
  addOnnxMetadata,
  encodeModel,
  floatsOf,
  type OnnxModel,
  readOnnxInitializers,
  readOnnxMetadata,
} from "./index.ts";

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

describe("readOnnxInitializers", () => {
  test("reads what was written, in order, of every type", () => {
    const initializers: OnnxModel["initializers"] = [
      { name: "w", type: "float32", dims: [2], data: new Uint8Array(new Float32Array([1.5, -10]).buffer) },
      {
        name: "half",
        type: "float16",
        dims: [1, 2],
        data: new Uint8Array(new Uint16Array([0x3c00, 0xc100]).buffer),
      },
      { name: "axes", type: "int64", dims: [1], data: new Uint8Array(new BigInt64Array([3n]).buffer) },
      { name: "scalar", type: "float32", dims: [], data: new Uint8Array(new Float32Array([7]).buffer) },
    ];
    const read = readOnnxInitializers(encodeModel({ ...MODEL, initializers }));
    expect(read).toEqual(initializers!.map((tensor) => ({ ...tensor, data: expect.anything() })));
    expect(read.map(({ data }) => [...data])).toEqual(initializers!.map(({ data }) => [...data]));
    expect([...floatsOf(read[0])]).toEqual([1.5, -10]);
    expect([...floatsOf(read[1])]).toEqual([1, -2.5]);
    expect(() => floatsOf(read[2])).toThrow(/'axes' holds int64/);
  });

  test("refuses what is no ONNX model", () => {
    const whole = encodeModel(MODEL);
    for (const bytes of [new TextEncoder().encode("<html>"), whole.subarray(0, 40), new Uint8Array(0)]) {
      expect(() => readOnnxInitializers(bytes)).toThrow(/not an ONNX model/);
    }
  });
});

describe("addOnnxMetadata", () => {
  test("adds an entry and leaves the rest as it is", async () => {
    const longer = addOnnxMetadata(encodeModel(MODEL), "names", "Ö");
    expect(readOnnxMetadata(longer)).toEqual({ author: "Zoë", empty: "", names: "Ö" });
    const session = await ort.InferenceSession.create(longer);
    const { y } = await session.run({ x: new ort.Tensor("float32", [1, 1], [1, 2]) });
    expect([...(y.data as Float32Array)]).toEqual([1, 10]);
  });
});
