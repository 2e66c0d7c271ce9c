/**
 * The discriminator's side of a step: its updates, and its verdict for the generator.
 *
 * @module
 */
import { type keras, tf } from "../models/index.ts";
import { type Adam, gradientNorm } from "./adam.ts";
import type { TrainConfig } from "./config/index.ts";
import { DiffAugment } from "./diff-augment.ts";
import { InstanceNoise } from "./instance-noise.ts";
import { type AdversarialLoss, adversarialLoss } from "./losses.ts";
import { r1Penalty, r1Weight } from "./r1.ts";

/** What a step shows of the discriminator's update, of the last if it makes several. */
export interface DiscriminatorRow {
  /** Its loss, halved, without the penalty. */
  loss: tf.Scalar;
  /** Share of patches that it judged rightly before the update. */
  realAccuracy: tf.Scalar;
  fakeAccuracy: tf.Scalar;
  /** Euclidean norm of its gradients, the penalty's part included. */
  gradient: tf.Scalar;
  /** The R1 penalty, of a step that has one. */
  penalty: tf.Scalar | null;
}

/** A batch as the discriminator meets it. */
export interface Encounter {
  /** [n, side, side, 1] */
  luma: tf.Tensor4D;
  /** The photos' own, [n, side, side, channels]. */
  colour: tf.Tensor4D;
  /** The generator's. */
  painted: tf.Tensor4D;
}

export class DiscriminatorStep {
  readonly #discriminator: keras.LayersModel;
  readonly #adam: Adam;
  readonly #loss: AdversarialLoss;
  readonly #augment: DiffAugment;
  readonly #noise: InstanceNoise;
  readonly #updates: number;
  readonly #r1: { weight: number; every: number };

  constructor(discriminator: keras.LayersModel, adam: Adam, config: TrainConfig) {
    this.#discriminator = discriminator;
    this.#adam = adam;
    this.#loss = adversarialLoss(config.adversarialLoss, config.labelSmoothing);
    this.#augment = new DiffAugment(config);
    this.#noise = new InstanceNoise(config);
    this.#updates = config.discriminatorSteps;
    this.#r1 = { weight: r1Weight(config), every: config.r1Every };
  }

  /** Fixes what is drawn in a step, and its rate; call it before the step, outside of what is compiled. */
  prepare(step: number, options: { learningRate: number; noise: number }): void {
    this.#adam.prepare(options.learningRate);
    this.#augment.prepare(step);
    this.#noise.prepare(step, options.noise);
  }

  /** The step's updates, each of them on this batch; call it inside `tf.tidy`. */
  update(batch: Encounter, withR1: boolean): DiscriminatorRow {
    for (let i = 0; i < this.#updates - 1; i++) disposeRow(this.#updateOnce(batch, withR1, i));
    return this.#updateOnce(batch, withR1, this.#updates - 1);
  }

  /** What the generator minimizes: the loss of painted colours that would be taken for real. */
  judge(luma: tf.Tensor4D, painted: tf.Tensor4D): tf.Scalar {
    return this.#loss.generator(this.#logits(luma, painted, "fake"));
  }

  dispose(): void {
    this.#augment.dispose();
    this.#noise.dispose();
  }

  #updateOnce({ luma, colour, painted }: Encounter, withR1: boolean, index: number): DiscriminatorRow {
    const { threshold, real: realLoss, fake: fakeLoss } = this.#loss;
    let row: Omit<DiscriminatorRow, "gradient"> | undefined;
    const { grads } = tf.variableGrads(() => {
      // Judged one by one: with batch normalization, a batch of both would tell real from painted by itself.
      const real = this.#logits(luma, colour, "real");
      const fake = this.#logits(luma, painted, "fake");
      const loss = tf.mul(tf.add(realLoss(real), fakeLoss(fake)), 0.5) as tf.Scalar;
      const penalty = withR1
        ? r1Penalty((colours) => this.#logits(luma, colours, "real"), colour, this.#r1)
        : null;
      row = {
        loss: kept(loss),
        realAccuracy: kept(tf.mean(tf.cast(tf.greater(real, threshold), "float32"))),
        fakeAccuracy: kept(tf.mean(tf.cast(tf.lessEqual(fake, threshold), "float32"))),
        penalty: penalty === null ? null : kept(penalty),
      };
      return penalty === null ? loss : (tf.add(loss, penalty) as tf.Scalar);
    }, [...this.#adam.variables]);
    this.#adam.apply(grads, index);
    return { ...row!, gradient: kept(gradientNorm(grads)) };
  }

  #logits(luma: tf.Tensor4D, colours: tf.Tensor4D, kind: "real" | "fake"): tf.Tensor {
    const photos = tf.concat([luma, this.#noise.addTo(colours, kind)], 3);
    return this.#discriminator.apply(this.#augment.apply(photos), { training: true }) as tf.Tensor;
  }
}

/** A copy that outlives the gradient's own tidy; whoever gets it disposes of it. */
function kept(scalar: tf.Scalar): tf.Scalar {
  return tf.keep(tf.clone(scalar));
}

function disposeRow({ loss, realAccuracy, fakeAccuracy, gradient, penalty }: DiscriminatorRow): void {
  tf.dispose([loss, realAccuracy, fakeAccuracy, gradient, ...(penalty === null ? [] : [penalty])]);
}
