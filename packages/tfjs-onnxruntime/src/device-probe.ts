import type { OnnxModel } from "./onnx/index.ts";
import type { Runtime, RuntimeSession } from "./runtime/runtime.ts";

/** A 3x3 convolution over `[batch, channels, side, side]` that keeps the number of channels, and a bias. */
interface Size {
  readonly batch: number;
  readonly channels: number;
  readonly side: number;
}

const KERNEL = 3;
const SMALL: Size = { batch: 1, channels: 4, side: 8 };
/** 1.2 GFLOP over 4 MB: what a layer of a network at 64 pixels takes. */
const LARGE: Size = { batch: 4, channels: 64, side: 64 };

/** Beyond what half-precision numbers reach (65504), in which some devices would compute if they were let. */
const INPUT_SCALE = 1e5;
/** Of the largest result: more than TensorFloat-32 loses, which CUDA multiplies in. */
const TOLERANCE = 2e-3;
const REPEATS = 3;

/** Numbers in [-1,1) without a pattern that a wrong layout could keep. */
function values(length: number, seed: number, scale = 1): Float32Array {
  return Float32Array.from(
    { length },
    (_, i) => scale * (((((i + seed) * 2654435761) >>> 8) % 2000) / 1000 - 1),
  );
}

function open(runtime: Runtime, provider: string, { batch, channels, side }: Size): RuntimeSession {
  const image = [batch, channels, side, side];
  const model: OnnxModel = {
    nodes: [
      { op: "Conv", inputs: ["x", "w"], outputs: ["c"], attributes: { pads: { is: [1, 1, 1, 1] } } },
      { op: "Add", inputs: ["c", "b"], outputs: ["y"] },
    ],
    inputs: [
      { name: "x", type: "float32", dims: image },
      { name: "w", type: "float32", dims: [channels, channels, KERNEL, KERNEL] },
      { name: "b", type: "float32", dims: [channels, 1, 1] },
    ],
    outputs: [{ name: "y", type: "float32", dims: image }],
  };
  return runtime.createSession(model, { threads: 0, executionProviders: [provider], strict: true });
}

function inputs({ batch, channels, side }: Size) {
  return {
    x: values(batch * channels * side * side, 1, INPUT_SCALE),
    w: values(channels * channels * KERNEL * KERNEL, 7),
    b: values(channels, 3, INPUT_SCALE),
  };
}

function run(runtime: Runtime, session: RuntimeSession, size: Size, given: ReturnType<typeof inputs>) {
  const { batch, channels, side } = size;
  const image = [batch, channels, side, side];
  const y = new Float32Array(given.x.length);
  const feeds = {
    x: runtime.tensor("float32", given.x, image),
    w: runtime.tensor("float32", given.w, [channels, channels, KERNEL, KERNEL]),
    b: runtime.tensor("float32", given.b, [channels, 1, 1]),
  };
  session.run(feeds, { y: runtime.tensor("float32", y, image) });
  return y;
}

/** The same by its definition, one image, in double precision. */
function expected({ channels, side }: Size, { x, w, b }: ReturnType<typeof inputs>): Float64Array {
  const y = new Float64Array(x.length);
  for (let out = 0; out < channels; out += 1) {
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        let sum = b[out];
        for (let tap = 0; tap < channels * KERNEL * KERNEL; tap += 1) {
          const channel = Math.floor(tap / (KERNEL * KERNEL));
          const i = row + (Math.floor(tap / KERNEL) % KERNEL) - 1;
          const j = column + (tap % KERNEL) - 1;
          if (i < 0 || i >= side || j < 0 || j >= side) continue;
          sum += x[(channel * side + i) * side + j] * w[out * channels * KERNEL * KERNEL + tap];
        }
        y[(out * side + row) * side + column] = sum;
      }
    }
  }
  return y;
}

/**
 * Compiles and runs a small convolution on one execution provider, the cpu not being allowed to help.
 *
 * @throws Error if the provider is not to be had, lacks an operation, or gives wrong numbers
 */
export function probe(runtime: Runtime, provider: string): void {
  const session = open(runtime, provider, SMALL);
  try {
    const given = inputs(SMALL);
    const actual = run(runtime, session, SMALL, given);
    const wanted = expected(SMALL, given);
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const error = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0) / largest;
    if (!(error <= TOLERANCE)) {
      throw new Error(`it gives wrong numbers: a convolution is off by ${error} of its largest value`);
    }
  } finally {
    session.dispose();
  }
}

/** Milliseconds that one larger convolution takes, its values' way there and back included; best of three. */
export function probeSpeed(runtime: Runtime, provider: string): number {
  const session = open(runtime, provider, LARGE);
  try {
    const given = inputs(LARGE);
    run(runtime, session, LARGE, given);
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < REPEATS; i += 1) {
      const start = performance.now();
      run(runtime, session, LARGE, given);
      best = Math.min(best, performance.now() - start);
    }
    return best;
  } finally {
    session.dispose();
  }
}
