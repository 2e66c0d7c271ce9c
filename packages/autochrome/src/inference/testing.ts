/**
 * Tiny networks for tests.
 *
 * @module
 */
import { encodeModel } from "tfjs-onnxruntime/onnx";
import { METADATA_KEY } from "./model-file.ts";

export interface TinyModelOptions {
  /** Output channel c is `slope[c] * input + bias[c]`, before any tanh; of a network with hints [4 * channels]. */
  slope?: readonly number[];
  bias?: readonly number[];
  /** Changes to the metadata; null leaves ours out altogether. */
  metadata?: Readonly<Record<string, unknown>> | null;
}

function floats(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** Bytes of an ONNX network whose output is linear in its input; space "lab" with two slopes, "rgb" with three. */
export function tinyModel(options: TinyModelOptions = {}): Uint8Array {
  const { slope = [0.1, -0.2], metadata = {} } = options;
  const inputs = metadata?.hints === true ? 4 : 1;
  const channels = slope.length / inputs;
  const bias = options.bias ?? Array.from({ length: channels }, () => 0.1);
  const ours = {
    formatVersion: 1,
    role: "generator",
    name: "linear",
    version: "1.0.0",
    space: channels === 2 ? "lab" : "rgb",
    multiple: 8,
    size: 32,
    preset: "tiny",
    card: { license: "MIT", photos: 3 },
    ...metadata,
  };
  return encodeModel({
    nodes: [
      { op: "MatMul", inputs: ["input", "slope"], outputs: ["product"] },
      { op: "Add", inputs: ["product", "bias"], outputs: ["output"] },
    ],
    inputs: [{ name: "input", type: "float32", dims: ["n", "h", "w", inputs] }],
    outputs: [{ name: "output", type: "float32", dims: ["n", "h", "w", channels] }],
    initializers: [
      { name: "slope", type: "float32", dims: [inputs, channels], data: floats(slope) },
      { name: "bias", type: "float32", dims: [channels], data: floats(bias) },
    ],
    metadata: metadata === null ? {} : { [METADATA_KEY]: JSON.stringify(ours) },
  });
}
