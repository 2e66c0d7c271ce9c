/**
 * Averages between places that look alike.
 *
 * @module
 */
import { keras, tf } from "../tf.ts";

export interface BilateralFilterArgs {
  name?: string;
  /** Standard deviation in places of the map. */
  places: number;
  /** Standard deviation in units of the guide. */
  contrast: number;
}

/**
 * A joint bilateral filter, line by line (Pham and van Vliet 2005): along rows, along columns, and along rows again, which
 * takes away the streaks that columns leave where they cross from one surface to another that is as dark. Each place becomes
 * the mean of those on its line, weighted by exp(-(distance / places)^2 / 2 - (difference of the guide / contrast)^2 / 2).
 *
 * Along a line of n places that is attention (softmax(q k) v) whose keys are position and guide, so that three products of
 * matrices do it, at any size.
 *
 * Inputs: a map [n, h, w, c] and its guide, the first channel of [n, h, w, k]; output [n, h, w, c]. No gradient reaches the guide.
 */
export class BilateralFilter extends keras.layers.Layer {
  static className = "BilateralFilter";
  readonly places: number;
  readonly contrast: number;

  constructor(args: BilateralFilterArgs) {
    super({ name: args.name });
    this.places = args.places;
    this.contrast = args.contrast;
  }

  override computeOutputShape(inputShape: keras.Shape | keras.Shape[]): keras.Shape {
    return (inputShape as keras.Shape[])[0]!;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [map, guides] = inputs as [tf.Tensor4D, tf.Tensor4D];
      const guide = guides.shape[3] === 1 ? guides : tf.slice(guides, [0, 0, 0, 0], [-1, -1, -1, 1]);
      const turned = (x: tf.Tensor) => tf.transpose(x, [0, 2, 1, 3]) as tf.Tensor4D;
      const [alongRows, alongColumns] = [this.#weights(guide), this.#weights(turned(guide))];
      const rows = tf.matMul(alongRows, map);
      const columns = turned(tf.matMul(alongColumns, turned(rows)));
      return tf.matMul(alongRows, columns);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), places: this.places, contrast: this.contrast };
  }

  /** [n, h, w, w]: how much of each place of its row a place becomes. */
  #weights(guide: tf.Tensor4D): tf.Tensor {
    // Made of the guide, and not `onesLike` it: an exported file would keep the size that it was traced at.
    const along = tf.cumsum(tf.add(tf.mul(guide, 0), 1), 2);
    const squares = [
      [along, this.places],
      [guide, this.contrast],
    ].map(([key, deviation]) => {
      const scaled = tf.div(key as tf.Tensor4D, deviation as number);
      return tf.square(tf.sub(scaled, tf.transpose(scaled, [0, 1, 3, 2])));
    }) as [tf.Tensor, tf.Tensor];
    return tf.softmax(tf.mul(tf.add(...squares), -0.5));
  }
}

tf.serialization.registerClass(BilateralFilter);
