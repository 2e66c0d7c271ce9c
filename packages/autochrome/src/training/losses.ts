/**
 * Losses as means over all elements: scalars whose scale depends on neither batch nor size.
 *
 * @module
 */
import { gridWeights, tf } from "../models/index.ts";

/** What discriminator and generator minimize, given logits [n, h, w, 1]. */
export interface AdversarialLoss {
  /** The discriminator's, on real photos. */
  real(logits: tf.Tensor): tf.Scalar;
  /** The discriminator's, on the generator's. */
  fake(logits: tf.Tensor): tf.Scalar;
  /** The generator's. */
  generator(logits: tf.Tensor): tf.Scalar;
  /** The logit above which the discriminator says "real". */
  threshold: number;
}

export type AdversarialLossName = "bce" | "lsgan" | "hinge";

/**
 * - `bce`: cross-entropy with logits, the generator's non-saturating (Goodfellow et al. 2014);
 * - `lsgan`: squared distance to the label (Mao et al. 2017);
 * - `hinge`: margins of 1 for the discriminator, the plain score for the generator (Lim and Ye 2017). Labels
 *   play no part in it, so nor does smoothing.
 *
 * @param labelSmoothing label of real photos in the discriminator's loss, one-sided (Salimans et al. 2016)
 */
export function adversarialLoss(name: AdversarialLossName, labelSmoothing: number): AdversarialLoss {
  switch (name) {
    case "bce":
      return {
        real: (logits) => crossEntropy(logits, labelSmoothing),
        fake: (logits) => crossEntropy(logits, 0),
        generator: (logits) => crossEntropy(logits, 1),
        threshold: 0,
      };
    case "lsgan":
      return {
        real: (logits) => mean(tf.square(tf.sub(logits, labelSmoothing))),
        fake: (logits) => mean(tf.square(logits)),
        generator: (logits) => mean(tf.square(tf.sub(logits, 1))),
        threshold: 0.5,
      };
    case "hinge":
      return {
        real: (logits) => mean(tf.relu(tf.sub(1, logits))),
        fake: (logits) => mean(tf.relu(tf.add(logits, 1))),
        generator: (logits) => tf.neg(mean(logits)),
        threshold: 0,
      };
  }
}

/** -label log s(x) - (1 - label) log(1 - s(x)), s the logistic function: softplus(x) - label x. */
function crossEntropy(logits: tf.Tensor, label: number): tf.Scalar {
  const softplus = tf.softplus(logits);
  return mean(label === 0 ? softplus : tf.sub(softplus, tf.mul(logits, label)));
}

/** Mean |predicted - target|. */
export function l1Loss(predicted: tf.Tensor, target: tf.Tensor): tf.Scalar {
  return mean(tf.abs(tf.sub(predicted, target)));
}

/**
 * L1 in which a pixel weighs 1 + chromaWeight * C, C the true chroma: 1 at |ab| = 110 (or at the largest
 * difference of R, G and B). Divided by the weights' mean, so that it keeps L1's scale, as the rebalancing of
 * Zhang et al. 2016 does.
 *
 * @param predicted [n, h, w, 2] (a, b over 110) or [n, h, w, 3] (R, G, B in [-1, 1])
 * @param target the same
 */
export function chromaWeightedL1(predicted: tf.Tensor, target: tf.Tensor, chromaWeight: number): tf.Scalar {
  if (chromaWeight === 0) return l1Loss(predicted, target);
  const channels = target.shape[target.rank - 1]!;
  const chroma =
    channels === 2
      ? tf.sqrt(tf.sum(tf.square(target), -1, true))
      : tf.mul(tf.sub(tf.max(target, -1, true), tf.min(target, -1, true)), 0.5);
  const weight = tf.add(tf.mul(chroma, chromaWeight), 1);
  const weighted = mean(tf.mul(tf.abs(tf.sub(predicted, target)), weight));
  return tf.div(weighted, mean(weight));
}

/**
 * Cross-entropy of a distribution over `COLOUR_GRID` with the bilinear weights of the true colour (Zhang et al. 2016,
 * equation 2, with these weights in place of their five nearest neighbours'), each pixel weighing as in `chromaWeightedL1`.
 * Divided by 30, so that it is about as large as L1 and lambda means the same.
 *
 * @param logits [n, h, w, classes]
 * @param target a, b over 110, [n, h, w, 2]
 */
export function classLoss(logits: tf.Tensor4D, target: tf.Tensor4D, chromaWeight: number): tf.Scalar {
  const weights = gridWeights(target);
  const peak = tf.max(logits, -1, true);
  const shifted = tf.sub(logits, peak);
  const logSum = tf.log(tf.sum(tf.exp(shifted), -1, true));
  const entropy = tf.sub(logSum, tf.sum(tf.mul(weights, shifted), -1, true));
  const chroma = tf.sqrt(tf.sum(tf.square(target), -1, true));
  const weight = tf.add(tf.mul(chroma, chromaWeight), 1);
  return tf.div(mean(tf.mul(entropy, weight)), tf.mul(mean(weight), 30));
}

function mean(values: tf.Tensor): tf.Scalar {
  return tf.mean(values) as tf.Scalar;
}
