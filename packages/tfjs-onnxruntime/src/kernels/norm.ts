import { commonLayout } from "../lowering.ts";
import { type Kernel, single } from "./kernel.ts";

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

/** Normalization kernels. */
export const NORMALIZATION: readonly Kernel[] = [fusedBatchNorm];
