import * as keras from "@tensorflow/tfjs-layers";
import { apply, createInitializers } from "./layers.ts";

const { layers } = keras;

interface Block {
  filters: number;
  strides: number;
  /** By how much the block widens its input before filtering it channel by channel. */
  expansion: number;
}

const BLOCKS: readonly Block[] = [
  { filters: 4, strides: 1, expansion: 1 },
  { filters: 6, strides: 2, expansion: 3 },
  { filters: 6, strides: 1, expansion: 3 },
  { filters: 8, strides: 2, expansion: 4 },
];

/**
 * A small MobileNetV2 (Sandler et al. 2018) from `[n, 24, 24, 3]` to probabilities `[n, classes]`: inverted
 * residuals with linear bottlenecks, batch normalization and ReLU6.
 */
export function buildMobileNet(classes: number, seed: number): keras.LayersModel {
  const initializer = createInitializers(seed);
  const normalize = (x: keras.SymbolicTensor) => apply(layers.batchNormalization({ momentum: 0.9 }), x);
  const clamp = (x: keras.SymbolicTensor) => apply(layers.reLU({ maxValue: 6 }), x);
  const convolve = (x: keras.SymbolicTensor, filters: number, kernelSize: number, strides: number) =>
    normalize(
      apply(
        layers.conv2d({
          filters,
          kernelSize,
          strides,
          padding: "same",
          useBias: false,
          kernelInitializer: initializer(),
        }),
        x,
      ),
    );
  const block = (x: keras.SymbolicTensor, { filters, strides, expansion }: Block) => {
    const channels = x.shape[3] as number;
    const wide = expansion === 1 ? x : clamp(convolve(x, channels * expansion, 1, 1));
    const filtered = apply(
      layers.depthwiseConv2d({
        kernelSize: 3,
        strides,
        padding: "same",
        useBias: false,
        depthwiseInitializer: initializer(),
      }),
      wide,
    );
    const narrow = convolve(clamp(normalize(filtered)), filters, 1, 1);
    return strides === 1 && channels === filters
      ? (layers.add().apply([x, narrow]) as keras.SymbolicTensor)
      : narrow;
  };
  const input = keras.input({ shape: [24, 24, 3] });
  let x = clamp(convolve(input, 4, 3, 2));
  for (const shape of BLOCKS) x = block(x, shape);
  x = clamp(convolve(x, 12, 1, 1));
  x = apply(layers.globalAveragePooling2d({}), x);
  const output = apply(
    layers.dense({ units: classes, activation: "softmax", kernelInitializer: initializer() }),
    x,
  );
  return keras.model({ inputs: input, outputs: output });
}
