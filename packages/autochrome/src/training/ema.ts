/**
 * The generator's averaged weights, which are what validation, export and the user see.
 *
 * @module
 */
import { frozenWeights, type keras, tf } from "../models/index.ts";
import { scalarVariable, setScalar } from "./adam.ts";

/**
 * Exponential moving average of all weights of a model that training changes, moving statistics included (Yazici et al. 2019):
 * e += (1 - d) (w - e), d = min(decay, (1 + t) / (10 + t)), so that a short run's average does not keep
 * the random start.
 */
export class WeightAverage {
  updates = 0;
  /** In the order of the model's weights, without those that are frozen. */
  readonly averages: readonly tf.Variable[];
  readonly #weights: readonly tf.Variable[];
  readonly #decay: number;
  /** 1 - d of the coming update, [1] */
  readonly #share = scalarVariable();

  constructor(model: keras.LayersModel, decay: number) {
    const frozen = frozenWeights(model);
    this.#weights = model.weights
      .map((weight) => weight.read() as tf.Variable)
      .filter((weight) => !frozen.has(weight));
    this.averages = this.#weights.map((weight) => tf.tidy(() => tf.variable(tf.clone(weight), false)));
    this.#decay = decay;
  }

  /** Counts an update and fixes its share; call it before `update`, outside of a compiled step. */
  prepare(): void {
    const t = this.updates++;
    setScalar(this.#share, 1 - Math.min(this.#decay, (1 + t) / (10 + t)));
  }

  /** The update that was prepared, after one of the weights; call it inside `tf.tidy`. */
  update(): void {
    this.averages.forEach((average, i) => {
      average.assign(tf.add(average, tf.mul(tf.sub(this.#weights[i]!, average), this.#share)));
    });
  }

  /** Gives the average its whole memory from the start: the weights are a trained network's, worth keeping. */
  skipRamp(): void {
    this.updates = Math.max(this.updates, Math.ceil((10 * this.#decay - 1) / (1 - this.#decay)));
  }

  /** Runs `use` while the model holds the averages, then puts its own weights back, whatever happens. */
  async during<T>(use: () => Promise<T>): Promise<T> {
    this.#exchange();
    try {
      return await use();
    } finally {
      this.#exchange();
    }
  }

  /** Leaves the averages in the model for good. */
  settle(): void {
    this.#weights.forEach((weight, i) => {
      weight.assign(this.averages[i]!);
    });
  }

  dispose(): void {
    tf.dispose([...this.averages, this.#share]);
  }

  #exchange(): void {
    tf.tidy(() => {
      this.#weights.forEach((weight, i) => {
        const own = tf.clone(weight);
        weight.assign(this.averages[i]!);
        this.averages[i]!.assign(own);
      });
    });
  }
}
