import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";

export interface SmallTraining {
  model: layers.LayersModel;
  /** One Adam step on the given number of images; returns the loss, unread. */
  step(images?: number): tf.Scalar;
  dispose(): void;
}

/** A convolutional network from `[n, 8, 8, 1]` to `[n, 8, 8, 2]` with the layers of a U-Net. */
export function buildSmallModel(seed: number): layers.LayersModel {
  const kernel = (offset: number) => layers.initializers.randomNormal({ stddev: 0.2, seed: seed + offset });
  const scale = { kernelSize: 4, strides: 2, padding: "same" } as const;
  const input = layers.input({ shape: [8, 8, 1] });
  const connect = (layer: layers.layers.Layer, x: layers.SymbolicTensor) =>
    layer.apply(x) as layers.SymbolicTensor;
  let x = connect(layers.layers.conv2d({ ...scale, filters: 4, kernelInitializer: kernel(0) }), input);
  x = connect(layers.layers.leakyReLU({ alpha: 0.2 }), x);
  const skip = x;
  x = connect(
    layers.layers.conv2d({ ...scale, filters: 6, useBias: false, kernelInitializer: kernel(1) }),
    x,
  );
  x = connect(layers.layers.batchNormalization(), x);
  x = connect(layers.layers.conv2dTranspose({ ...scale, filters: 4, kernelInitializer: kernel(2) }), x);
  x = layers.layers.concatenate().apply([x, skip]) as layers.SymbolicTensor;
  const last = layers.layers.conv2dTranspose({
    ...scale,
    filters: 2,
    activation: "tanh",
    kernelInitializer: kernel(3),
  });
  return layers.model({ inputs: input, outputs: connect(last, x) });
}

/** The small network with its optimizer and eight fixed images. */
export function createSmallTraining(seed: number): SmallTraining {
  const model = buildSmallModel(seed);
  const optimizer: tf.Optimizer = tf.train.adam(1e-2, 0.5);
  const inputs = tf.randomUniform([8, 8, 8, 1], -1, 1, "float32", seed);
  const targets = tf.randomUniform([8, 8, 8, 2], -0.5, 0.5, "float32", seed + 1);
  return {
    model,
    step(images = 8) {
      return tf.tidy(() => {
        const x = tf.slice(inputs, [0, 0, 0, 0], [images, -1, -1, -1]);
        const y = tf.slice(targets, [0, 0, 0, 0], [images, -1, -1, -1]);
        const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
        const { value, grads } = tf.variableGrads(
          () => tf.losses.meanSquaredError(y, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar,
          variables,
        );
        optimizer.applyGradients(grads);
        return value;
      });
    },
    dispose() {
      model.dispose();
      optimizer.dispose();
      tf.dispose([inputs, targets]);
    },
  };
}
