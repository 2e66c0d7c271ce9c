/**
 * From a distribution over colours to one colour.
 *
 * @module
 */
import { COLOUR_GRID, gridKernel } from "../colour-grid.ts";
import { keras, tf } from "../tf.ts";

/** C* from which a class counts as colourful without reserve; with 40, browns lose to gray, and hue accuracy 0.015. */
const COLOURFUL = 30;

/**
 * The annealed mean of Zhang et al. 2016 (section 2.3): the mean of the grid's colours under softmax(logits / T). At T = 1
 * it is the distribution's mean, towards 0 its mode; theirs is 0.38.
 *
 * Most pixels of most photos are nearly gray, so gray is a safe guess everywhere, and the more so the lower T. Vividness v
 * takes that prior back: logits + v min(1, C / 30) is the distribution of a world in which colours of C* = 30 and more are
 * e^v times as common beside gray (logit adjustment; Menon et al. 2021). Zhang et al. rebalance the loss to that end; here
 * it can be chosen when the network is trained.
 *
 * Input logits [n, h, w, classes], output a*, b* over 110, [n, h, w, 2].
 */
export class AnnealedMean extends keras.layers.Layer {
  static className = "AnnealedMean";
  readonly temperature: number;

  readonly vividness: number;

  constructor(args: { name?: string; temperature: number; vividness?: number }) {
    super({ name: args.name });
    this.temperature = args.temperature;
    this.vividness = args.vividness ?? 0;
  }

  override computeOutputShape(inputShape: keras.Shape): keras.Shape {
    return [...inputShape.slice(0, -1), 2];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const logits = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      const { temperature, vividness } = this;
      const prior = COLOUR_GRID.map(
        ([a, b]) => (vividness * Math.min(1, Math.hypot(a, b) / COLOURFUL)) / temperature,
      );
      const adjusted = tf.add(tf.mul(logits, 1 / temperature), tf.tensor4d(prior, [1, 1, 1, prior.length]));
      const share = tf.softmax(adjusted) as tf.Tensor4D;
      return tf.conv2d(share, gridKernel(), 1, "valid");
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), temperature: this.temperature, vividness: this.vividness };
  }
}

tf.serialization.registerClass(AnnealedMean);
