/**
 * Adam whose state can be saved and whose step number never becomes a constant of the compiled step.
 *
 * @module
 */
import { tf } from "../models/index.ts";

export interface AdamOptions {
  beta1: number;
  beta2: number;
  /** Default 1e-8. */
  epsilon?: number;
  /** Largest Euclidean norm of all gradients together; 0 (default) clips none. */
  gradientClip?: number;
  /** Updates that a step makes at most; default 1. */
  updatesPerStep?: number;
  /** Factor on the learning rate of each variable; default 1 for all. */
  rateFactors?: readonly number[];
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1): m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2,
 * w -= rate * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon).
 *
 * What changes from step to step (rate and bias corrections) is kept in variables that `prepare` assigns, outside of
 * the step: a step that is compiled and replayed reads them anew each time.
 */
export class Adam {
  /** Updates made so far, t. */
  updates = 0;
  readonly variables: readonly tf.Variable[];
  /** First and second moments, in the order of `variables`. */
  readonly first: readonly tf.Variable[];
  readonly second: readonly tf.Variable[];
  readonly #options: Required<AdamOptions>;
  /** Of each update of a step: rate / (1 - b1^t) and 1 / sqrt(1 - b2^t), [1] each. */
  readonly #prepared: readonly { rate: tf.Variable; correction: tf.Variable }[];

  constructor(variables: readonly tf.Variable[], options: AdamOptions) {
    this.variables = variables;
    this.first = variables.map((variable) => zerosLike(variable));
    this.second = variables.map((variable) => zerosLike(variable));
    this.#options = { epsilon: 1e-8, gradientClip: 0, updatesPerStep: 1, rateFactors: [], ...options };
    this.#prepared = Array.from({ length: this.#options.updatesPerStep }, () => ({
      rate: scalarVariable(),
      correction: scalarVariable(),
    }));
  }

  /**
   * Counts the updates of a step and fixes their rates; call it before `apply`.
   * @param updates how many it makes; by default as many as it can
   */
  prepare(learningRate: number, updates = this.#prepared.length): void {
    const { beta1, beta2 } = this.#options;
    for (let i = 0; i < updates; i++) {
      const t = ++this.updates;
      setScalar(this.#prepared[i]!.rate, learningRate / (1 - beta1 ** t));
      setScalar(this.#prepared[i]!.correction, 1 / Math.sqrt(1 - beta2 ** t));
    }
  }

  /**
   * An update that was prepared; call it inside `tf.tidy`. Variables without a gradient stay as they are.
   * @param index which of the step's updates it is
   */
  apply(gradients: tf.NamedTensorMap, index = 0): void {
    const { beta1, beta2, epsilon, gradientClip } = this.#options;
    const { rate, correction } = this.#prepared[index]!;
    const given = this.variables.map((variable) => gradients[variable.name] ?? null);
    const clip = gradientClip > 0 ? clipFactor(given, gradientClip) : null;
    this.variables.forEach((variable, i) => {
      const raw = given[i];
      if (raw == null) return;
      const gradient = clip === null ? raw : tf.mul(raw, clip);
      const m = tf.add(tf.mul(this.first[i]!, beta1), tf.mul(gradient, 1 - beta1));
      const v = tf.add(tf.mul(this.second[i]!, beta2), tf.mul(tf.square(gradient), 1 - beta2));
      const denominator = tf.add(tf.mul(tf.sqrt(v), correction), epsilon);
      const factor = this.#options.rateFactors[i] ?? 1;
      const ownRate = factor === 1 ? rate : tf.mul(rate, factor);
      const updated = tf.sub(variable, tf.div(tf.mul(m, ownRate), denominator));
      this.first[i]!.assign(m);
      this.second[i]!.assign(v);
      variable.assign(updated);
    });
  }

  dispose(): void {
    const prepared = this.#prepared.flatMap(({ rate, correction }) => [rate, correction]);
    tf.dispose([...this.first, ...this.second, ...prepared]);
  }
}

/** A variable [1] for a number that changes from step to step. */
export function scalarVariable(): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zeros([1]), false));
}

export function setScalar(variable: tf.Variable, value: number): void {
  tf.tidy(() => variable.assign(tf.tensor1d([value])));
}

function zerosLike(variable: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zeros(variable.shape), false));
}

/** Euclidean norm of all gradients together, [] */
export function gradientNorm(gradients: tf.NamedTensorMap): tf.Scalar {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
  return tf.sqrt(tf.addN(squares)) as tf.Scalar;
}

/** min(1, limit / |all gradients|), [] */
function clipFactor(gradients: readonly (tf.Tensor | null)[], limit: number): tf.Tensor {
  const squares = gradients.filter((g) => g !== null).map((g) => tf.sum(tf.square(g)));
  const norm = tf.sqrt(tf.add(tf.addN(squares), 1e-12));
  return tf.minimum(tf.div(limit, norm), 1);
}
