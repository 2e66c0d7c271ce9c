/**
 * How colourful painted and true photos are: a few moments of chroma that the step's graph gives.
 *
 * @module
 */
import { tf } from "../models/index.ts";

/** Chroma of a batch, in the network's units; of R, G, B it is the distance from gray. */
export interface ChromaMoments {
  /** Mean squared distance of pixels from their photo's mean. */
  within: number;
  /** Mean square of the photos' means. */
  photos: number;
  /** Mean length of pixels' chroma. */
  level: number;
  /** The batch's mean, one number a channel. */
  mean: number[];
}

/** `ChromaMoments` of [n, h, w, channels] as a row: within, photos, level, mean. */
export function chromaMoments(colours: tf.Tensor4D): tf.Tensor1D {
  const chroma = colours.shape[3] === 2 ? colours : tf.sub(colours, tf.mean(colours, 3, true));
  const means = tf.mean(chroma, [1, 2], true);
  const squareLength = (values: tf.Tensor) => tf.sum(tf.square(values), 3);
  const within = tf.mean(squareLength(tf.sub(chroma, means)));
  const photos = tf.mean(squareLength(means));
  const level = tf.mean(tf.sqrt(squareLength(chroma)));
  return tf.concat([tf.stack([within, photos, level]), tf.mean(means, [0, 1, 2])]) as tf.Tensor1D;
}

/** Reads two such rows, painted and real, one behind the other. */
export function readMoments(values: ArrayLike<number>): { painted: ChromaMoments; real: ChromaMoments } {
  const side = (row: number[]): ChromaMoments => {
    const [within, photos, level, ...mean] = row;
    return { within: within!, photos: photos!, level: level!, mean };
  };
  const all = Array.from(values);
  return { painted: side(all.slice(0, all.length / 2)), real: side(all.slice(all.length / 2)) };
}

/** Chroma's spread within photos and its variety between them, painted over real; no variety in a batch of one. */
export function chromaRatios(
  { painted, real }: { painted: ChromaMoments; real: ChromaMoments },
  batchSize: number,
): { chromaSpread: number; chromaVariety: number | null } {
  // A floor, so that a batch of gray photos gives a number too.
  const ratio = (above: number, below: number) =>
    Math.sqrt(Math.max(0, above)) / (Math.sqrt(Math.max(0, below)) + 1e-6);
  const between = ({ photos, mean }: ChromaMoments) => photos - mean.reduce((sum, m) => sum + m * m, 0);
  return {
    chromaSpread: ratio(painted.within, real.within),
    chromaVariety: batchSize === 1 ? null : ratio(between(painted), between(real)),
  };
}
