/**
 * Normalizations over one photo instead of the batch.
 *
 * @module
 */
import { keras, tf } from "../tf.ts";

type Initializer = ReturnType<typeof keras.initializers.ones>;

export interface GroupNormalizationArgs {
  name?: string;
  /** Of the scales; default ones. It is no part of the layer's configuration: what is loaded brings its weights. */
  gammaInitializer?: Initializer;
  /** Number of groups; must divide the channels. */
  groups: number;
  epsilon?: number;
}

/** Mean over height and width of [n, h, w, c], as [n, 1, 1, c]. */
function spatialMean(input: tf.Tensor): tf.Tensor4D {
  return tf.mean(input, [1, 2], true) as tf.Tensor4D;
}

/** Weights `gamma` and `beta` (zeros), [channels] each, and how they are applied. */
abstract class AffineNormalization extends keras.layers.Layer {
  protected readonly epsilon: number;
  readonly #gammaInitializer: Initializer;
  #gamma: keras.LayerVariable | undefined;
  #beta: keras.LayerVariable | undefined;

  constructor(args: { name?: string; epsilon?: number; gammaInitializer?: Initializer }) {
    super({ name: args.name });
    this.#gammaInitializer = args.gammaInitializer ?? keras.initializers.ones();
    this.epsilon = args.epsilon ?? 1e-5;
  }

  override build(inputShape: keras.Shape): void {
    const channels = inputShape[inputShape.length - 1]!;
    this.#gamma = this.addWeight("gamma", [channels], "float32", this.#gammaInitializer);
    this.#beta = this.addWeight("beta", [channels], "float32", keras.initializers.zeros());
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: keras.Shape): keras.Shape {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const input = Array.isArray(inputs) ? inputs[0]! : inputs;
      const centred = tf.sub(input, this.pool(spatialMean(input)));
      const variance = this.pool(spatialMean(tf.square(centred)));
      const scale = tf.mul(tf.rsqrt(tf.add(variance, this.epsilon)), this.#gamma!.read());
      return tf.add(tf.mul(centred, scale), this.#beta!.read());
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }

  /** From one statistic a channel, [n, 1, 1, c], to the statistic that each channel is normalized with. */
  protected abstract pool(perChannel: tf.Tensor4D): tf.Tensor;
}

/** Each photo's each channel to mean 0 and variance 1, then gamma and beta (Ulyanov et al. 2016). */
export class InstanceNormalization extends AffineNormalization {
  static className = "InstanceNormalization";

  protected override pool(perChannel: tf.Tensor4D): tf.Tensor {
    return perChannel;
  }
}

/** Each photo's each group of channels to mean 0 and variance 1, then gamma and beta (Wu and He 2018). */
export class GroupNormalization extends AffineNormalization {
  static className = "GroupNormalization";
  readonly groups: number;
  #averaging: Float32Array | undefined;

  constructor(args: GroupNormalizationArgs) {
    super(args);
    this.groups = args.groups;
  }

  override build(inputShape: keras.Shape): void {
    const channels = inputShape[inputShape.length - 1]!;
    if (channels % this.groups !== 0) {
      throw new Error(`GroupNormalization: ${this.groups} groups do not divide ${channels} channels.`);
    }
    const size = channels / this.groups;
    this.#averaging = new Float32Array(channels * channels);
    for (let i = 0; i < channels; i++) {
      const first = i - (i % size);
      for (let j = first; j < first + size; j++) this.#averaging[i * channels + j] = 1 / size;
    }
    super.build(inputShape);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), groups: this.groups };
  }

  /** A 1x1 convolution that averages within groups: unlike a reshape, it fixes no spatial size in a traced graph. */
  protected override pool(perChannel: tf.Tensor4D): tf.Tensor {
    const channels = perChannel.shape[3];
    const filter = tf.tensor4d(this.#averaging!, [1, 1, channels, channels]);
    return tf.conv2d(perChannel, filter, 1, "valid");
  }
}

tf.serialization.registerClass(InstanceNormalization);
tf.serialization.registerClass(GroupNormalization);
