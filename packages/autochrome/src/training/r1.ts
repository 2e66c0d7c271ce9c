/**
 * R1: a penalty on how steep the discriminator is around real photos.
 *
 * @module
 */
import { tf } from "../models/index.ts";
import type { TrainConfig } from "./config/index.ts";

/**
 * Weight of the penalty. `auto` is the rule of Karras et al. 2020 (StyleGAN2-ADA), 0.0002 * cropSize^2 / batchSize:
 * 0.41 at 128 px with a batch of 8.
 */
export function r1Weight(config: Pick<TrainConfig, "r1Gamma" | "cropSize" | "batchSize">): number {
  const { r1Gamma, cropSize, batchSize } = config;
  return r1Gamma === "auto" ? (0.0002 * cropSize ** 2) / batchSize : r1Gamma;
}

/** Whether the penalty is part of this step: every `r1Every` steps of the run, by its number alone. */
export function r1Applies(config: Pick<TrainConfig, "r1Gamma" | "r1Every">, step: number): boolean {
  return config.r1Gamma !== 0 && step % config.r1Every === 0;
}

/**
 * R1 (Mescheder et al. 2018): gamma / 2 times the mean squared norm of the discriminator's gradient at real photos,
 * times `r1Every`, since it is computed in one of so many steps (lazy regularization, Karras et al. 2020, StyleGAN2).
 *
 * The gradient is taken with respect to the colours only: luma is given, and nothing that the generator does moves
 * it. A PatchGAN is a discriminator of patches, and its loss a mean over them; so is this: the squared norm of the
 * gradient of a photo's summed logits, over the number of logits. With one logit that is R1 as published, and with
 * patches that do not overlap exactly the mean of every patch's R1.
 *
 * The penalty joins the loss of an update that is made anyway. StyleGAN2 makes one more for it, and corrects Adam's
 * betas for their number; here there is nothing to correct.
 *
 * @param judge logits [n, h, w, 1] of colours
 * @param colours real ones [n, height, width, channels]
 */
export function r1Penalty(
  judge: (colours: tf.Tensor4D) => tf.Tensor,
  colours: tf.Tensor4D,
  options: { weight: number; every: number },
): tf.Scalar {
  let logits = 1;
  const slope = tf.grad((real: tf.Tensor) => {
    const judged = judge(real as tf.Tensor4D);
    logits = judged.size / real.shape[0]!;
    return tf.sum(judged);
  })(colours);
  const factor = (options.weight * options.every) / (2 * colours.shape[0] * logits);
  return tf.mul(tf.sum(tf.square(slope)), factor);
}
