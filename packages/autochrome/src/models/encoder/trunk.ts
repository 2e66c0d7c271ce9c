import { AutochromeError } from "../../errors.ts";
import { keras, tf } from "../tf.ts";
import type { LayerDescription, PackageModel } from "./package-model.ts";

/** Layers of the encoder are named with this, so that training knows them. */
export const ENCODER_PREFIX = "encoder_";

type Weights = [kernel: tf.Tensor, bias: tf.Tensor];

/**
 * Builds the lower part of a classifier as the encoder of a U-Net: every convolution pads with 'same', so that maps
 * are exact halves; batch normalizations, whose statistics do not move any more, are folded into the convolutions before
 * them; R, G, B, which are equal in gray photos, are summed into one channel.
 *
 * @param input luma [n, h, w, channels]; channels beyond the first (colour hints) do not reach the encoder
 * @param taps layers whose output is wanted, in the classifier's own names
 * @param range what black and white are for the classifier, such as [-1, 1]
 * @param trainable whether training changes the encoder
 * @returns the taps' outputs and what gives the layers their weights, to be called once the model stands
 */
export function buildTrunk(
  { layers, weights }: PackageModel,
  input: keras.SymbolicTensor,
  taps: readonly string[],
  range: readonly [number, number],
  trainable: boolean,
): { outputs: keras.SymbolicTensor[]; setWeights: () => void } {
  const built = new Map<string, keras.SymbolicTensor>();
  const filled: { layer: keras.layers.Layer; source: string }[] = [];
  const normalized = new Map<string, LayerDescription>();
  for (const layer of layers) {
    if (layer.class_name === "BatchNormalization") normalized.set(inputsOf(layer)[0]!, layer);
  }

  for (const description of layers) {
    if (taps.every((tap) => built.has(tap))) break;
    const inputs = inputsOf(description).map((name) => built.get(name)!);
    const [first] = inputs;
    const { name, class_name: kind, config } = description;
    const options = { name: ENCODER_PREFIX + name, trainable };
    let output: keras.SymbolicTensor;
    switch (kind) {
      case "InputLayer":
        output = input;
        break;
      // Asymmetric padding before a stride of 2 is what 'same' does to even sides.
      case "ZeroPadding2D":
      case "BatchNormalization":
        output = first!;
        break;
      case "Conv2D":
      case "DepthwiseConv2D": {
        const layer = convolution(kind, config, options);
        filled.push({ layer, source: name });
        output = layer.apply(first!) as keras.SymbolicTensor;
        break;
      }
      case "Activation":
        output = keras.layers.reLU(options).apply(first!) as keras.SymbolicTensor;
        break;
      case "ReLU":
        output = keras.layers
          .reLU({ ...options, maxValue: config.max_value as number })
          .apply(first!) as keras.SymbolicTensor;
        break;
      case "MaxPooling2D":
      case "AveragePooling2D": {
        const pooling = kind === "MaxPooling2D" ? keras.layers.maxPooling2d : keras.layers.averagePooling2d;
        output = pooling({
          ...options,
          poolSize: config.pool_size as [number, number],
          strides: config.strides as [number, number],
          padding: "same",
        }).apply(first!) as keras.SymbolicTensor;
        break;
      }
      case "Concatenate":
        output = keras.layers.concatenate(options).apply(inputs) as keras.SymbolicTensor;
        break;
      case "Add":
        output = keras.layers.add(options).apply(inputs) as keras.SymbolicTensor;
        break;
      default:
        throw new AutochromeError(`The encoder has a layer of a kind that is not known here: ${kind}.`);
    }
    built.set(name, output);
  }

  const setWeights = () => {
    tf.tidy(() => {
      filled.forEach(({ layer, source }, i) => {
        let folded = foldNormalization(source, weights, normalized.get(source));
        if (i === 0) folded = fromLuma(folded, input.shape.at(-1)!, range);
        layer.setWeights(folded);
      });
    });
    tf.dispose(weights);
  };
  return { outputs: taps.map((tap) => built.get(tap)!), setWeights };
}

function inputsOf(layer: LayerDescription): string[] {
  return (layer.inbound_nodes[0] ?? []).map(([name]) => name);
}

function convolution(
  kind: "Conv2D" | "DepthwiseConv2D",
  config: Record<string, unknown>,
  options: { name: string; trainable: boolean },
): keras.layers.Layer {
  const common = {
    ...options,
    kernelSize: config.kernel_size as [number, number],
    strides: config.strides as [number, number],
    padding: "same" as const,
    useBias: true,
  };
  // Zeros, not a draw that the pretrained weights replace at once.
  return kind === "Conv2D"
    ? keras.layers.conv2d({ ...common, filters: config.filters as number, kernelInitializer: "zeros" })
    : keras.layers.depthwiseConv2d({ ...common, depthwiseInitializer: "zeros" });
}

/**
 * BN(w x) = s w x + (beta - s mean), s = gamma / sqrt(variance + epsilon) (Ioffe and Szegedy 2015).
 *
 * @returns kernel and bias of the convolution that does both
 */
export function foldNormalization(
  name: string,
  weights: Readonly<Record<string, tf.Tensor>>,
  normalization: LayerDescription | undefined,
): Weights {
  const depthwise = weights[`${name}/depthwise_kernel`];
  const kernel = depthwise ?? weights[`${name}/kernel`]!;
  const channels = kernel.shape.at(-1) === 1 && depthwise ? kernel.shape.at(-2)! : kernel.shape.at(-1)!;
  const bias = weights[`${name}/bias`] ?? tf.zeros([channels]);
  if (normalization === undefined) return [kernel, bias];
  const part = (which: string) => weights[`${normalization.name}/${which}`];
  const inverse = tf.rsqrt(tf.add(part("moving_variance")!, normalization.config.epsilon as number));
  const scale = part("gamma") ? tf.mul(part("gamma")!, inverse) : inverse;
  // A depthwise kernel is [h, w, channels, 1].
  const perChannel = depthwise ? tf.reshape(scale, [channels, 1]) : scale;
  return [
    tf.mul(kernel, perChannel),
    tf.add(part("beta")!, tf.mul(tf.sub(bias, part("moving_mean")!), scale)),
  ];
}

/** The first convolution as one of luma in [-1, 1], where the classifier was shown R = G = B in `range`. */
function fromLuma(
  [kernel, bias]: Weights,
  channels: number,
  [black, white]: readonly [number, number],
): Weights {
  const [height, width, , filters] = kernel.shape as [number, number, number, number];
  const summed = tf.sum(kernel, 2, true);
  const half = (white - black) / 2;
  const middle = (white + black) / 2;
  const luma = tf.mul(summed, half);
  const others = tf.zeros([height, width, channels - 1, filters]);
  return [
    channels === 1 ? luma : tf.concat([luma, others], 2),
    tf.add(bias, tf.mul(tf.sum(summed, [0, 1, 2]), middle)),
  ];
}
