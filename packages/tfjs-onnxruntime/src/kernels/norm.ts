import { NCHW } from "../layout.ts";
import { commonLayout, type Lowering } from "../lowering.ts";
import { type Attrs, type Kernel, single } from "./kernel.ts";

/**
 * Batch normalization with given moments, as x * s + (offset - mean * s) where s = scale / sqrt(var + eps):
 * two passes over x; the rest is as small as the channels.
 */
const fusedBatchNorm: Kernel = {
  name: "FusedBatchNorm",
  inputs: ["x", "mean", "variance", "offset?", "scale?"],
  infer: ([x]) => (x.dtype === "float32" ? single(x.shape, "float32") : null),
  lower(lowering, op) {
    const output = op.outputs[0];
    const rank = output.shape.length;
    const present = op.attrs.present as readonly string[];
    const [x] = op.inputs;
    const layout = rank === 4 ? commonLayout(lowering, [x], rank) : "";
    const operand = (name: string): string | null => {
      const position = present.indexOf(name);
      return position < 0 ? null : lowering.broadcastable(op.inputs[position], rank, layout);
    };
    const epsilon = lowering.scalar((op.attrs.varianceEpsilon as number | undefined) ?? 0.001, "float32");
    const deviation = lowering.emit("Sqrt", [lowering.emit("Add", [operand("variance") as string, epsilon])]);
    const scale = lowering.emit("Div", [operand("scale") ?? lowering.scalar(1, "float32"), deviation]);
    const centred = lowering.emit("Mul", [operand("mean") as string, scale]);
    const shift = lowering.emit("Sub", [operand("offset") ?? lowering.scalar(0, "float32"), centred]);
    const scaled = lowering.emit("Mul", [lowering.get(x, layout), scale]);
    lowering.set(output, lowering.emit("Add", [scaled, shift]), layout);
  },
};

interface ResponseAttrs {
  depthRadius: number;
  bias: number;
  alpha: number;
  beta: number;
}

function responseAttrs(attrs: Attrs): ResponseAttrs {
  return attrs as unknown as ResponseAttrs;
}

/** x / (bias + alpha * s)^beta, s being the sum of squares of the channels at most `depthRadius` away. */
const localResponse: Kernel = {
  name: "LRN",
  inputs: ["x"],
  infer: ([x]) => (x.dtype === "float32" ? single(x.shape, "float32") : null),
  lower(lowering, op) {
    const { depthRadius, bias, alpha, beta } = responseAttrs(op.attrs);
    const size = 2 * depthRadius + 1;
    const name = lowering.emit("LRN", [lowering.get(op.inputs[0], NCHW)], {
      size: { i: size },
      // ONNX takes the mean where TensorFlow.js takes the sum.
      alpha: { f: alpha * size },
      beta: { f: beta },
      bias: { f: bias },
    });
    lowering.set(op.outputs[0], name, NCHW);
  },
};

/** Sums over the channels at most `radius` away, as a 1x1 convolution with a band of ones. */
function sumOverNeighbours(lowering: Lowering, name: string, channels: number, radius: number): string {
  const band = new Float32Array(channels * channels);
  for (let i = 0; i < channels; i += 1) {
    for (let j = Math.max(0, i - radius); j <= Math.min(channels - 1, i + radius); j += 1) {
      band[i * channels + j] = 1;
    }
  }
  return lowering.emit("Conv", [name, lowering.float32(band, [channels, channels, 1, 1])]);
}

/** dy * d^-beta - 2 alpha beta x * (sum over neighbours of dy * y / d), where d = bias + alpha * s. */
const localResponseGradient: Kernel = {
  name: "LRNGrad",
  inputs: ["x", "y", "dy"],
  infer: ([x, y, dy]) =>
    [x, y, dy].every((node) => node.dtype === "float32") ? single(dy.shape, "float32") : null,
  lower(lowering, op) {
    const { depthRadius, bias, alpha, beta } = responseAttrs(op.attrs);
    const [x, y, dy] = op.inputs.map((input) => lowering.get(input, NCHW));
    const channels = op.inputs[0].shape[3];
    const constant = (value: number) => lowering.scalar(value, "float32");
    const sums = sumOverNeighbours(lowering, lowering.emit("Mul", [x, x]), channels, depthRadius);
    const divisor = lowering.emit("Add", [lowering.emit("Mul", [sums, constant(alpha)]), constant(bias)]);
    const own = lowering.emit("Mul", [dy, lowering.emit("Pow", [divisor, constant(-beta)])]);
    const shares = lowering.emit("Div", [lowering.emit("Mul", [dy, y]), divisor]);
    const others = sumOverNeighbours(lowering, shares, channels, depthRadius);
    const scaled = lowering.emit("Mul", [lowering.emit("Mul", [x, others]), constant(2 * alpha * beta)]);
    lowering.set(op.outputs[0], lowering.emit("Sub", [own, scaled]), NCHW);
  },
};

/** Normalization kernels. */
export const NORMALIZATION: readonly Kernel[] = [fusedBatchNorm, localResponse, localResponseGradient];
