/**
 * A convolution with spectral normalization.
 *
 * @module
 */
import { deriveSeed } from "../seed.ts";
import { keras, tf } from "../tf.ts";

export interface SpectralConv2DArgs {
  name?: string;
  filters: number;
  kernelSize: number;
  strides: number;
  /** Seeds the kernel's N(0, 0.02) and the power iteration's start. */
  seed: number;
}

/**
 * Conv2D ("same" padding, with bias) whose kernel is divided by its largest singular value, so that the layer
 * is 1-Lipschitz up to padding (Miyato et al. 2018, "Spectral Normalization for GANs").
 *
 * The kernel [k, k, in, out] is seen as the matrix W [k*k*in, out]. The non-trainable weight `u` [out, 1]
 * estimates the right singular vector; a training call makes one power iteration, v = normalize(W u),
 * u = normalize(W^T v). Then sigma = |W u|, whose gradient is v u^T, with u held constant. A call outside
 * training leaves `u` as it is, and once steps are announced (`setTrainingStep`) so do all calls of a step but
 * its first training call: a variable assigned twice would split a lazy backend's graph.
 */
export class SpectralConv2D extends keras.layers.Layer {
  static className = "SpectralConv2D";
  readonly args: SpectralConv2DArgs;
  #kernel: keras.LayerVariable | undefined;
  #bias: keras.LayerVariable | undefined;
  #u: keras.LayerVariable | undefined;
  #iterate: "always" | "once" | "done" = "always";

  constructor(args: SpectralConv2DArgs) {
    super({ name: args.name });
    this.args = args;
  }

  /** Announces a training step. */
  setStep(): void {
    this.#iterate = "once";
  }

  override build(inputShape: keras.Shape): void {
    const { filters, kernelSize, seed } = this.args;
    const channels = inputShape[inputShape.length - 1]!;
    const normal = (stddev: number, purpose: string) =>
      keras.initializers.randomNormal({ mean: 0, stddev, seed: deriveSeed(seed, purpose) });
    const kernelShape = [kernelSize, kernelSize, channels, filters];
    this.#kernel = this.addWeight("kernel", kernelShape, "float32", normal(0.02, "kernel"));
    this.#bias = this.addWeight("bias", [filters], "float32", keras.initializers.zeros());
    this.#u = this.addWeight("u", [filters, 1], "float32", normal(1, "u"), undefined, false);
    tf.tidy(() => {
      const u = this.#u!.read();
      this.#u!.write(tf.div(u, tf.norm(u)));
    });
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: keras.Shape): keras.Shape {
    const { filters, strides } = this.args;
    const down = (size: number | null) => (size === null ? null : Math.ceil(size / strides));
    return [inputShape[0]!, down(inputShape[1]!), down(inputShape[2]!), filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      const kernel = this.#kernel!.read() as tf.Tensor4D;
      const filters = this.args.filters;
      const matrix = tf.reshape(kernel, [-1, filters]);
      if (kwargs.training === true && this.#iterate !== "done") {
        if (this.#iterate === "once") this.#iterate = "done";
        // Read back through the variable, u has no history: the gradient sees a constant.
        const v = unit(tf.matMul(matrix, this.#u!.read()));
        this.#u!.write(unit(tf.matMul(matrix, v, true)));
      }
      const sigma = length(tf.matMul(matrix, this.#u!.read()));
      const normalized = tf.div(kernel, tf.reshape(sigma, [1, 1, 1, 1])) as tf.Tensor4D;
      const convolved = tf.conv2d(input, normalized, this.args.strides, "same");
      return tf.add(convolved, this.#bias!.read());
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { filters, kernelSize, strides, seed } = this.args;
    return { ...super.getConfig(), filters, kernelSize, strides, seed };
  }
}

const EPSILON = 1e-12;

/** Euclidean length of [n, 1] as [1, 1]. */
function length(vector: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.add(tf.sum(tf.square(vector), 0, true), EPSILON));
}

function unit(vector: tf.Tensor): tf.Tensor {
  return tf.div(vector, length(vector));
}

tf.serialization.registerClass(SpectralConv2D);
