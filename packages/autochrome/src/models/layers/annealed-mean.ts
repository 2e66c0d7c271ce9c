/**
 * From a distribution over colours to one colour.
 *
 * @module
 */
import { gridKernel } from "../colour-grid.ts";
import { keras, tf } from "../tf.ts";

/**
 * The annealed mean of Zhang et al. 2016 (section 2.3): the mean of the grid's colours under softmax(logits / T). At T = 1
 * it is the distribution's mean, towards 0 its mode; theirs is 0.38.
 *
 * Input logits [n, h, w, classes], output a*, b* over 110, [n, h, w, 2].
 */
export class AnnealedMean extends keras.layers.Layer {
  static className = "AnnealedMean";
  readonly temperature: number;

  constructor(args: { name?: string; temperature: number }) {
    super({ name: args.name });
    this.temperature = args.temperature;
  }

  override computeOutputShape(inputShape: keras.Shape): keras.Shape {
    return [...inputShape.slice(0, -1), 2];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const logits = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      const share = tf.softmax(tf.mul(logits, 1 / this.temperature)) as tf.Tensor4D;
      return tf.conv2d(share, gridKernel(), 1, "valid");
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), temperature: this.temperature };
  }
}

tf.serialization.registerClass(AnnealedMean);
