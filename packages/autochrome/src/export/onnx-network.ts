/**
 * A Keras network as an ONNX file, and the proof that both compute the same.
 *
 * @module
 */
import { InferenceSession } from "onnxruntime-node";
import { exportOnnx, type WeightStorage } from "tfjs-onnxruntime";
import { addOnnxMetadata, readOnnxWeights } from "tfjs-onnxruntime/onnx";
import { AutochromeError } from "../errors.ts";
import { METADATA_KEY, type ModelMetadata } from "../inference/index.ts";
import type { keras, tf } from "../models/index.ts";
import { type Difference, differenceAt, nameWeights, WEIGHTS_KEY } from "../training/index.ts";

export type { WeightStorage };

/** How far the file was from the Keras model. */
export interface Parity {
  /** Largest |file - Keras| over all outputs, divided by the largest |output| where that exceeds 1 (logits). */
  difference: number;
  /** The root mean square of those differences, which is what rounding to 8 bits is judged by. */
  rms: number;
  /** What was allowed: of `difference`, for int8 of `rms`. */
  tolerance: number;
  /** Inputs compared, [batch, height, width]; none is the size that the file was traced at. */
  sizes: [number, number, number][];
}

const TOLERANCE: Readonly<Record<WeightStorage, number>> = {
  // Rounding differs from kernel to kernel: some 1e-6 is usual.
  float32: 1e-4,
  // Half precision keeps 11 bits of each weight; 0.02 is 2.2 units of a* or b*, just visible.
  float16: 0.02,
  /*
   * Of the root mean square: in hundred thousand outputs on noise one is far off where nothing is wrong, and a loss that
   * shows on photos is for `measureStorage` to find. Trained networks are some 3e-4 off, one that lost its weights 0.2.
   */
  int8: 0.05,
};
const REMEDY: Readonly<Record<WeightStorage, string>> = {
  float32: "a layer of it does not export faithfully. Please report it with the run's config.json.",
  float16: "its weights do not survive half precision: export with float32 weights.",
  int8: "its weights do not survive 8 bits: export with float16 or float32 weights.",
};

/*
 * The engine has shorter forms for what is small: it turns a transposition of [1, 1, 1, c] into a reshape to just that
 * size, and stacks a batch of maps of up to 4x4 pixels to one. A file traced there would keep to that size, so it is
 * traced with several photos, large enough for the innermost map to have 5x5.
 */
const TRACED_BATCH = 3;
const TRACED_MULTIPLES = 5;
/** Enough for a discriminator, whose sides may be multiples of 2, to have more than a border. */
const SMALLEST_SIDE = 32;

/**
 * Encodes a network with open batch, height and width: input `input` [n, h, w, c], output `output`.
 * TensorFlow.js's backend must be `onnxruntime`. The file's metadata says which constant holds which weight, so
 * that training can start from the file.
 *
 * @param model with one input [null, null, null, c] and one output
 */
export function encodeNetwork(
  model: keras.LayersModel,
  metadata: ModelMetadata,
  weights: WeightStorage,
): Uint8Array {
  const side = tracedSide(metadata.multiple);
  const [rows, columns] = metadata.role === "generator" ? ["height", "width"] : ["rows", "columns"];
  const bytes = exportOnnx((x) => model.apply(x, { training: false }) as tf.Tensor, {
    inputs: [
      {
        name: "input",
        shape: [TRACED_BATCH, side, side, inputChannels(model)],
        dims: ["batch", "height", "width", inputChannels(model)],
      },
    ],
    outputs: [{ name: "output", dims: ["batch", rows, columns, model.outputs[0]!.shape.at(-1)!] }],
    weights,
    metadata: { [METADATA_KEY]: JSON.stringify(metadata) },
    doc: `Autochrome ${metadata.role} '${metadata.name}' ${metadata.version}`,
  });
  const names = nameWeights(model, readOnnxWeights(bytes));
  return names === null ? bytes : addOnnxMetadata(bytes, WEIGHTS_KEY, JSON.stringify(names));
}

/**
 * Runs the file in ONNX Runtime beside the Keras model, on the same noise: one square photo, then two oblong ones.
 * Neither size is the one that the file was traced at.
 *
 * @throws AutochromeError when they differ by more than rounding, or the file does not run at another size
 */
export async function checkParity(
  model: keras.LayersModel,
  bytes: Uint8Array,
  metadata: ModelMetadata,
  weights: WeightStorage,
): Promise<Parity> {
  const side = metadata.multiple * Math.ceil(SMALLEST_SIDE / metadata.multiple);
  const sizes: Parity["sizes"] = [
    [1, side, side],
    [2, side, side + metadata.multiple],
  ];
  const tolerance = TOLERANCE[weights];
  const session = await InferenceSession.create(bytes, { executionProviders: ["cpu"], logSeverityLevel: 4 });
  let [difference, rms] = [0, 0];
  try {
    for (const size of sizes) {
      const measured = await compareAt(session, model, size, metadata.role);
      difference = Math.max(difference, measured.largest);
      rms = Math.max(rms, measured.rms);
      const judged = weights === "int8" ? measured.rms : measured.largest;
      // The comparison with NaN is false too.
      if (!(judged <= tolerance)) throw parityError(metadata.role, size, judged, tolerance, weights);
    }
  } finally {
    await session.release();
  }
  return { difference, rms, tolerance, sizes };
}

function tracedSide(multiple: number): number {
  return multiple * Math.max(TRACED_MULTIPLES, 1 + Math.ceil(SMALLEST_SIDE / multiple));
}

function inputChannels(model: keras.LayersModel): number {
  return model.inputs[0]!.shape.at(-1)!;
}

async function compareAt(
  session: InferenceSession,
  model: keras.LayersModel,
  size: readonly [number, number, number],
  role: string,
): Promise<Difference> {
  try {
    return await differenceAt(session, model, size);
  } catch (cause) {
    throw new AutochromeError(
      `the exported ${role} does not run on an input of ${size.join(" x ")}: one of its layers fixes the ` +
        "size it was traced with, and a colorizer has to take all sizes. Train without that layer.",
      { code: "FIXED_SIZE", cause },
    );
  }
}

function parityError(
  role: string,
  [batch, height, width]: readonly number[],
  difference: number,
  tolerance: number,
  weights: WeightStorage,
): AutochromeError {
  return new AutochromeError(
    `the exported ${role} differs from the trained one by ${difference.toPrecision(3)} (at most ${tolerance}) on ` +
      `an input of ${batch} x ${height} x ${width}: ${REMEDY[weights]}`,
    { code: "PARITY" },
  );
}
