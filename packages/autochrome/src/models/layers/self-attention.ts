/**
 * Attention between all places of a feature map.
 *
 * @module
 */
import { deriveSeed } from "../seed.ts";
import { keras, tf } from "../tf.ts";

/**
 * Self-attention over positions (Zhang et al. 2019, "Self-Attention GANs"): queries and keys of an eighth of
 * the channels, values of all; output = input + gamma * attention, where gamma starts at 0, so that an
 * untrained layer changes nothing. Scores are divided by sqrt(key channels) (Vaswani et al. 2017).
 *
 * Memory grows with (height * width)^2: for the bottleneck only.
 */
export class SelfAttention extends keras.layers.Layer {
  static className = "SelfAttention";
  readonly seed: number;
  #weights: Record<"query" | "key" | "value" | "gamma", keras.LayerVariable> | undefined;

  constructor(args: { name?: string; seed: number }) {
    super({ name: args.name });
    this.seed = args.seed;
  }

  override build(inputShape: keras.Shape): void {
    const channels = inputShape[inputShape.length - 1]!;
    const inner = Math.max(1, channels >> 3);
    const project = (name: string, outputs: number) =>
      this.addWeight(
        name,
        [1, 1, channels, outputs],
        "float32",
        keras.initializers.randomNormal({ mean: 0, stddev: 0.02, seed: deriveSeed(this.seed, name) }),
      );
    this.#weights = {
      query: project("query", inner),
      key: project("key", inner),
      value: project("value", channels),
      gamma: this.addWeight("gamma", [1], "float32", keras.initializers.zeros()),
    };
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: keras.Shape): keras.Shape {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      const [batch, height, width] = input.shape;
      const project = (name: "query" | "key" | "value") =>
        tf.conv2d(input, this.#weights![name].read() as tf.Tensor4D, 1, "valid");
      // Row by row, each beside all places: a map of places in one line could not be put into rows again by an exported file,
      // which would know its length and not its width.
      const perRow = tf.mul(tf.mean(input, [2, 3], true), 0);
      const besideRows = (map: tf.Tensor4D) =>
        tf.add(tf.reshape(map, [batch, 1, height * width, map.shape[3]]), perRow);
      const query = project("query");
      const scores = tf.matMul(query, besideRows(project("key")), false, true);
      const attention = tf.softmax(tf.mul(scores, 1 / Math.sqrt(query.shape[3])));
      const gathered = tf.matMul(attention, besideRows(project("value")));
      return tf.add(input, tf.mul(gathered, this.#weights!.gamma.read()));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), seed: this.seed };
  }
}

tf.serialization.registerClass(SelfAttention);
