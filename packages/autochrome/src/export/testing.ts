/**
 * Networks for tests.
 *
 * @module
 */
import { deriveSeed, type keras, tf, uniformGenerator } from "../models/index.ts";

/**
 * Gives every weight a value as trained networks have them. N(0, 0.02), the initial state, makes outputs so small
 * that all networks look alike.
 */
export function randomizeWeights(model: keras.LayersModel, seed: number): void {
  const weights = model.getWeights().map((weight, index) => {
    const uniform = uniformGenerator(deriveSeed(seed, index));
    const { shape } = weight;
    const kernel = shape.length === 4;
    const spread = kernel ? Math.sqrt(6 / (shape[0]! * shape[1]! * Math.min(shape[2]!, shape[3]!))) : 0.5;
    // Variances and scales have to be positive; biases may be.
    const centre = kernel || shape.length === 2 ? 0 : 1;
    return tf.tensor(
      Float32Array.from({ length: weight.size }, () => centre + spread * (2 * uniform() - 1)),
      shape,
    );
  });
  model.setWeights(weights);
  tf.dispose(weights);
}
