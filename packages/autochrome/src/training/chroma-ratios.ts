/**
 * How colourful the painted photos are beside the true ones.
 *
 * @module
 */
import { tf } from "../models/index.ts";

/** Chroma's spread within photos and its variety between them, generated over true, two scalars. */
export function chromaRatios(painted: tf.Tensor4D, colour: tf.Tensor4D): [tf.Scalar, tf.Scalar] {
  const [spread, variety] = chromaDeviations(painted);
  const [trueSpread, trueVariety] = chromaDeviations(colour);
  const ratio = (a: tf.Scalar, b: tf.Scalar) => tf.div(a, tf.add(b, 1e-6)) as tf.Scalar;
  return [ratio(spread, trueSpread), ratio(variety, trueVariety)];
}

function chromaDeviations(colours: tf.Tensor4D): [tf.Scalar, tf.Scalar] {
  // Of R, G, B their distance from gray is the chroma.
  const chroma = colours.shape[3] === 2 ? colours : tf.sub(colours, tf.mean(colours, 3, true));
  const means = tf.mean(chroma, [1, 2], true);
  const within = tf.mean(tf.square(tf.sub(chroma, means)));
  const between = tf.mean(tf.square(tf.sub(means, tf.mean(means, 0, true))));
  return [tf.sqrt(within) as tf.Scalar, tf.sqrt(between) as tf.Scalar];
}
