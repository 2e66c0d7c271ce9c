import * as tf from "@tensorflow/tfjs-core";
import type * as keras from "@tensorflow/tfjs-layers";

/** A network or two in training on fixed data. */
export interface Training {
  /** One step; its losses, unread. */
  step(): tf.Scalar[];
  /** Everything that a step may change, moving averages included. */
  weights(): tf.Tensor[];
}

export type Optimizer = "adam" | "momentum";

export function createOptimizer(kind: Optimizer): tf.Optimizer {
  return kind === "adam" ? tf.train.adam(3e-3) : tf.train.momentum(0.02, 0.9);
}

/** Variables in the order of the model's weights. */
export function variablesOf(model: keras.LayersModel): tf.Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as tf.Variable);
}

/** Applies the gradients of `loss` to these variables and returns its value. */
export function descend(optimizer: tf.Optimizer, variables: tf.Variable[], loss: () => tf.Scalar): tf.Scalar {
  const { value, grads } = tf.variableGrads(loss, variables);
  optimizer.applyGradients(grads);
  return value;
}

/** Training of a classifier by cross-entropy with all data as one batch. */
export function trainClassifier(
  model: keras.LayersModel,
  x: tf.Tensor,
  labels: tf.Tensor,
  optimizer: tf.Optimizer,
): Training {
  const variables = variablesOf(model);
  const loss = () => {
    const probabilities = model.apply(x, { training: true }) as tf.Tensor;
    return tf.losses.logLoss(labels, probabilities) as tf.Scalar;
  };
  return {
    step: () => [tf.tidy(() => descend(optimizer, variables, loss))],
    weights: () => model.weights.map((weight) => weight.read()),
  };
}
