import { tf } from "../tf.ts";

/**
 * Colours as a generator paints them that works at half the size: means of 2 x 2 pixels, enlarged as `enlarge` does.
 * What real photos show the losses has to be as smooth, or the discriminator would tell them by their sharpness alone.
 *
 * @param colour [n, h, w, c], h and w even
 * @returns the same shape
 */
export function halfChroma(colour: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const [, height, width] = colour.shape;
    const halved = tf.avgPool(colour, 2, 2, "same");
    const doubled = tf.image.resizeNearestNeighbor(halved, [height, width]);
    return tf.avgPool(doubled, 3, 1, "same");
  });
}
