/**
 * How far an ONNX file is from a Keras model.
 *
 * @module
 */
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { type keras, tf, uniformGenerator } from "../../models/index.ts";

/** Of all outputs, divided by the largest |output| where that exceeds 1 (logits). */
export interface Difference {
  largest: number;
  /** Root of the mean square. */
  rms: number;
}

/**
 * Runs both on the same noise in [-1, 1].
 *
 * @param session of a file with the input `input` and the output `output`
 * @param size batch, height, width
 * @returns infinities where the outputs are of different sizes
 * @throws whatever ONNX Runtime throws where the file does not take that size
 */
export async function differenceAt(
  session: InferenceSession,
  model: keras.LayersModel,
  [batch, height, width]: readonly [number, number, number],
): Promise<Difference> {
  const shape: [number, number, number, number] = [batch, height, width, model.inputs[0]!.shape.at(-1)!];
  const uniform = uniformGenerator(height * width);
  const noise = Float32Array.from({ length: shape.reduce((x, y) => x * y) }, () => 2 * uniform() - 1);
  const output = tf.tidy(() => model.apply(tf.tensor4d(noise, shape), { training: false }) as tf.Tensor);
  const expected = (await output.data()) as Float32Array;
  output.dispose();
  const results = await session.run({ input: new Tensor("float32", noise, shape) });
  const actual = results.output!.data as Float32Array;
  if (actual.length !== expected.length) {
    return { largest: Number.POSITIVE_INFINITY, rms: Number.POSITIVE_INFINITY };
  }
  let squares = 0;
  let worst = 0;
  let largest = 1;
  for (let i = 0; i < actual.length; i++) {
    const distance = Math.abs(actual[i]! - expected[i]!);
    if (!(distance <= worst)) worst = distance;
    squares += distance ** 2;
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return { largest: worst / largest, rms: Math.sqrt(squares / actual.length) / largest };
}
