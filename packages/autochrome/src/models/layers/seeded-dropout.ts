/**
 * Dropout that a seed and a step number determine.
 *
 * @module
 */
import { deriveSeed, uniformGenerator } from "../seed.ts";
import { keras, tf } from "../tf.ts";

/**
 * Dropout (Srivastava et al. 2014, inverted) whose mask follows from the seed, the training step and the
 * number of the call within it. Keras's own layer draws one fixed mask for ever, or one that no resumed run
 * can draw again. The trainer announces each step with `setTrainingStep`.
 */
export class SeededDropout extends keras.layers.Layer {
  static className = "SeededDropout";
  readonly rate: number;
  readonly seed: number;
  #step = 0;
  #calls = 0;

  constructor(args: { name?: string; rate: number; seed: number }) {
    super({ name: args.name });
    if (!(args.rate >= 0 && args.rate < 1))
      throw new Error(`SeededDropout: rate ${args.rate} is not in [0, 1).`);
    this.rate = args.rate;
    this.seed = args.seed;
  }

  /** Fixes the masks of the coming calls. */
  setStep(step: number): void {
    this.#step = step;
    this.#calls = 0;
  }

  override computeOutputShape(inputShape: keras.Shape): keras.Shape {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const input = Array.isArray(inputs) ? inputs[0]! : inputs;
      if (kwargs.training !== true || this.rate === 0) return tf.clone(input);
      const uniform = uniformGenerator(deriveSeed(this.seed, this.#step, this.#calls++));
      const mask = new Float32Array(input.size);
      const kept = 1 / (1 - this.rate);
      for (let i = 0; i < mask.length; i++) mask[i] = uniform() < this.rate ? 0 : kept;
      return tf.mul(input, tf.tensor(mask, input.shape));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}

tf.serialization.registerClass(SeededDropout);
