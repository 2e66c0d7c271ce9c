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
  #step: number | null = null;
  #calls = 0;
  /** The masks of the step's calls: variables, so that a compiled step reads those of each step. */
  readonly #masks: tf.Variable[] = [];

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
    this.#masks.forEach((mask, call) => {
      tf.tidy(() => mask.assign(this.#draw(mask.shape, call)));
    });
  }

  override dispose(): ReturnType<keras.layers.Layer["dispose"]> {
    tf.dispose(this.#masks.splice(0));
    return super.dispose();
  }

  override computeOutputShape(inputShape: keras.Shape): keras.Shape {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const input = Array.isArray(inputs) ? inputs[0]! : inputs;
      if (kwargs.training !== true || this.rate === 0) return tf.clone(input);
      return tf.mul(input, this.#mask(input.shape, this.#calls++));
    });
  }

  #mask(shape: number[], call: number): tf.Tensor {
    // Without announced steps, the number of calls has no bound.
    if (this.#step === null) return this.#draw(shape, call);
    const known = this.#masks[call];
    if (known && tf.util.arraysEqual(known.shape, shape)) return known;
    known?.dispose();
    const mask = tf.variable(this.#draw(shape, call), false);
    this.#masks[call] = mask;
    return mask;
  }

  /** [shape], 0 with probability `rate`, else 1 / (1 - rate). */
  #draw(shape: number[], call: number): tf.Tensor {
    const uniform = uniformGenerator(deriveSeed(this.seed, this.#step ?? 0, call));
    const kept = 1 / (1 - this.rate);
    const size = tf.util.sizeFromShape(shape);
    const mask = Float32Array.from({ length: size }, () => (uniform() < this.rate ? 0 : kept));
    return tf.tensor(mask, shape);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }
}

tf.serialization.registerClass(SeededDropout);
