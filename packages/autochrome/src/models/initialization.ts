/**
 * How weights start.
 *
 * @module
 */
import { keras } from "./tf.ts";

export type Initializer = ReturnType<typeof keras.initializers.ones>;

/**
 * - `normal`: kernels N(0, 0.02);
 * - `dcgan`: the same, and the scales of normalizations N(1, 0.02) (Radford et al. 2016; pix2pix's code);
 * - `lecun`: kernels of variance 1 / fan-in, a normal cut off at two deviations (the default of TensorFlow 1's
 *   `variance_scaling_initializer`);
 * - `he`: the same with 2 / fan-in (He et al. 2015).
 *
 * All biases start at 0.
 */
export type Initialization = "normal" | "dcgan" | "lecun" | "he";

export function kernelInitializer(initialization: Initialization = "normal", seed: number): Initializer {
  switch (initialization) {
    case "normal":
    case "dcgan":
      return keras.initializers.randomNormal({ mean: 0, stddev: 0.02, seed });
    case "lecun":
      return keras.initializers.leCunNormal({ seed });
    case "he":
      return keras.initializers.heNormal({ seed });
  }
}

/** Of a normalization's scales. */
export function gammaInitializer(initialization: Initialization = "normal", seed: number): Initializer {
  return initialization === "dcgan"
    ? keras.initializers.randomNormal({ mean: 1, stddev: 0.02, seed })
    : keras.initializers.ones();
}
