import * as tf from "@tensorflow/tfjs-core";
import { getOnnxRuntimeBackend, type OnnxRuntimeBackend, registerOnnxRuntime } from "tfjs-onnxruntime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InputSpec, OpCase } from "./case.ts";

const RELATIVE = 1e-4;
/** Of the largest element: where big terms cancel, the last bits of each stay. */
const ABSOLUTE = 1e-5;
const DIFFERENCE_STEP = 0.01;
const DIFFERENCE_TOLERANCE = 0.01;
const DIRECTIONS = 2;

interface Evaluation {
  outputs: Read[];
  /** Of the sum of all outputs, each weighted by a fixed random tensor; one for each float input. */
  gradients: Read[];
}

interface Read {
  shape: number[];
  dtype: string;
  values: number[];
}

function createRandom(text: string): () => number {
  let state = 2166136261;
  for (const character of text) state = Math.imul(state ^ character.codePointAt(0)!, 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

function drawValues({ shape, kind, below = 1 }: InputSpec, random: () => number): number[] {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, () => random());
  switch (kind) {
    case "signed":
      return values.map((value) => value * 2 - 1);
    case "positive":
      return values.map((value) => 0.3 + value * 1.2);
    case "spread": {
      const order = values.map((value, i) => [value, i] as const).sort((a, b) => a[0] - b[0]);
      return order.map(([, rank]) => (rank - Math.floor(size / 2) + 0.5) * 0.05);
    }
    case "index":
      return values.map((value) => Math.floor(value * below));
    case "bool":
      return values.map((value) => (value < 0.5 ? 0 : 1));
  }
}

function toTensor({ shape, kind }: InputSpec, values: number[]): tf.Tensor {
  const dtype = kind === "index" ? "int32" : kind === "bool" ? "bool" : "float32";
  const typed =
    dtype === "float32"
      ? Float32Array.from(values)
      : dtype === "int32"
        ? Int32Array.from(values)
        : Uint8Array.from(values);
  return tf.tensor(typed, shape, dtype);
}

function isFloat({ kind }: InputSpec): boolean {
  return kind !== "index" && kind !== "bool";
}

function outputsOf(entry: OpCase, inputs: tf.Tensor[]): tf.Tensor[] {
  const output = entry.run(...inputs);
  return Array.isArray(output) ? output : [output];
}

/** A tidy whose result is read already. */
function tidyRead(body: () => Read[]): Read[] {
  let result: Read[] = [];
  tf.tidy(() => {
    result = body();
  });
  return result;
}

function read(tensor: tf.Tensor): Read {
  return { shape: tensor.shape, dtype: tensor.dtype, values: Array.from(tensor.dataSync()) };
}

/** Weights of the sum whose gradient is taken: without them many gradients would be ones or zeros. */
function weightsFor(entry: OpCase, output: number, size: number): Float32Array {
  const random = createRandom(`${entry.name} weights ${output}`);
  return Float32Array.from({ length: size }, () => random() * 2 - 1);
}

function forward(entry: OpCase, values: number[][]): Read[] {
  return tidyRead(() => {
    const inputs = entry.inputs.map((spec, i) => toTensor(spec, values[i]!));
    return outputsOf(entry, inputs).map(read);
  });
}

function evaluate(entry: OpCase, values: number[][], withGradients: boolean): Evaluation {
  const outputs = forward(entry, values);
  if (!withGradients) return { outputs, gradients: [] };
  const gradients = tidyRead(() => {
    const inputs = entry.inputs.map((spec, i) => toTensor(spec, values[i]!));
    const floats = inputs.filter((_, i) => isFloat(entry.inputs[i]!));
    const weights = outputs.map(({ shape, values }, i) =>
      tf.tensor(weightsFor(entry, i, values.length), shape),
    );
    const loss = () =>
      outputsOf(entry, inputs)
        .map((output, i) => tf.sum(tf.mul(output, weights[i]!)))
        .reduce((total, term) => tf.add(total, term)) as tf.Scalar;
    return tf.grads(loss)(floats).map(read);
  });
  return { outputs, gradients };
}

function expectClose(actual: Read, expected: Read, what: string): void {
  expect({ shape: actual.shape, dtype: actual.dtype }, what).toEqual({
    shape: expected.shape,
    dtype: expected.dtype,
  });
  const exact = expected.dtype !== "float32";
  const largest = expected.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const wrong = expected.values.findIndex((value, i) => {
    const difference = Math.abs(actual.values[i]! - value);
    const allowed = exact ? 0 : RELATIVE * Math.abs(value) + ABSOLUTE * largest + 1e-7;
    return !(difference <= allowed);
  });
  if (wrong >= 0) {
    const at = `${what}, element ${wrong} of [${expected.shape}]`;
    expect.fail(`${at}: ${actual.values[wrong]} instead of ${expected.values[wrong]}`);
  }
}

/** Compares the slope along random directions with what the gradients promise. */
function expectSlopes(entry: OpCase, values: number[][], gradients: Read[]): void {
  const random = createRandom(`${entry.name} directions`);
  const floats = entry.inputs.flatMap((spec, i) => (isFloat(spec) ? [i] : []));
  const weightedSum = (inputs: number[][]) =>
    forward(entry, inputs).reduce((total, { values: output }, i) => {
      const weights = weightsFor(entry, i, output.length);
      return total + output.reduce((sum, value, k) => sum + value * weights[k]!, 0);
    }, 0);
  for (const [gradientIndex, input] of floats.entries()) {
    const gradient = gradients[gradientIndex]!.values;
    for (let i = 0; i < DIRECTIONS; i++) {
      const direction = values[input]!.map(() => random() * 2 - 1);
      const moved = (step: number) =>
        values.with(
          input,
          values[input]!.map((value, k) => value + step * direction[k]!),
        );
      const slope =
        (weightedSum(moved(DIFFERENCE_STEP)) - weightedSum(moved(-DIFFERENCE_STEP))) / (2 * DIFFERENCE_STEP);
      const promised = gradient.reduce((sum, value, k) => sum + value * direction[k]!, 0);
      const scale = Math.hypot(...gradient) * Math.hypot(...direction);
      const what = `slope along input ${input}: gradient says ${promised}, differences say ${slope}`;
      expect(Math.abs(slope - promised), what).toBeLessThanOrEqual(DIFFERENCE_TOLERANCE * scale + 1e-3);
    }
  }
}

/**
 * Declares one test a case: results and gradients as on the TensorFlow.js `cpu` backend, gradients as
 * finite differences say, no kernel on the fallback unless the case allows it, no tensor left over.
 * `register` makes the backend to check, by default the one of Node.
 */
export function checkCases(
  title: string,
  cases: OpCase[],
  register: () => Promise<OnnxRuntimeBackend> = () => registerOnnxRuntime({ threads: 1 }),
): void {
  describe(title, () => {
    let engine = "";
    beforeAll(async () => {
      await register();
      engine = tf.getBackend();
    });
    afterAll(() => {
      tf.removeBackend(engine);
    });
    it.each(cases)("$name", async (entry) => {
      const random = createRandom(entry.name);
      const values = entry.inputs.map((spec) => drawValues(spec, random));
      await tf.setBackend("cpu");
      const differentiable = entry.gradient !== false;
      const onCpu = differentiable && entry.cpuGradient !== false;
      const expected = entry.cpu === false ? null : evaluate(entry, values, onCpu);

      await tf.setBackend(engine);
      const tensors = tf.memory().numTensors;
      const before = getOnnxRuntimeBackend().stats().fallbacks;
      const actual = evaluate(entry, values, differentiable);
      if (expected) {
        expect(actual.outputs.length).toBe(expected.outputs.length);
        for (const [i, output] of expected.outputs.entries()) {
          expectClose(actual.outputs[i]!, output, `output ${i}`);
        }
        for (const [i, gradient] of expected.gradients.entries()) {
          expectClose(actual.gradients[i]!, gradient, `gradient of float input ${i}`);
        }
      }
      if (differentiable && entry.finiteDifferences !== false) {
        expectSlopes(entry, values, actual.gradients);
      }
      if (!entry.mayFallBack) {
        const { fallbacks } = getOnnxRuntimeBackend().stats();
        const fallen = Object.keys(fallbacks).filter((kernel) => fallbacks[kernel] !== before[kernel]);
        expect(fallen.join(", "), "kernels on the fallback").toBe("");
      }
      expect(tf.memory().numTensors, "tensors left over").toBe(tensors);
    });
  });
}
