import { keras, tf } from "../tf.ts";

/**
 * Colours as a generator paints them that works at a half or a quarter of the size: means of that many pixels, enlarged as
 * `enlarge` does. What real photos show the losses has to be as smooth, or the discriminator would tell them by their
 * sharpness alone.
 *
 * @param colour [n, h, w, c], h and w multiples of `factor`
 * @returns the same shape
 */
export function coarseChroma(colour: tf.Tensor4D, factor: number): tf.Tensor4D {
  return tf.tidy(() => {
    const [, height, width] = colour.shape;
    const enlarged = tf.image.resizeNearestNeighbor(shrinkChroma(colour, factor), [height, width]);
    return tf.avgPool(enlarged, factor + 1, 1, "same");
  });
}

/** [n, h, w, c] to [n, h / factor, w / factor, c] */
export function shrinkChroma(colour: tf.Tensor4D, factor: number): tf.Tensor4D {
  return tf.avgPool(colour, factor, factor, "same");
}

/**
 * Nearest neighbour and a mean of factor + 1 pixels a side: a bilinear enlargement but for its weights (2/3 and 1/3 for
 * 3/4 and 1/4), of operations that every runtime has in one form only, and without a shift.
 */
export function enlarge(x: keras.SymbolicTensor, factor: number): keras.SymbolicTensor {
  const wide = keras.layers.upSampling2d({ size: [factor, factor], name: "enlarge" }).apply(x);
  const mean = keras.layers.averagePooling2d({
    poolSize: factor + 1,
    strides: 1,
    padding: "same",
    name: "enlarge_smooth",
  });
  return mean.apply(wide) as keras.SymbolicTensor;
}
