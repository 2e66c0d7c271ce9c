import { broadcast_util, util } from "@tensorflow/tfjs-core";
import type { OpNode } from "../graph.ts";
import type { Lowering } from "../lowering.ts";
import { emitActivation } from "./activation.ts";
import { fusedInputs } from "./conv.ts";
import { type Kernel, single } from "./kernel.ts";

function emitProduct(lowering: Lowering, op: OpNode): string {
  const [a, b] = op.inputs;
  const transposeA = Boolean(op.attrs.transposeA);
  const transposeB = Boolean(op.attrs.transposeB);
  const batchless = [...a.shape.slice(0, -2), ...b.shape.slice(0, -2)].every((dim) => dim === 1);
  if (batchless) {
    const flat = (name: string, shape: readonly number[]) => lowering.reshape(name, shape.slice(-2));
    const product = lowering.emit("Gemm", [flat(lowering.get(a), a.shape), flat(lowering.get(b), b.shape)], {
      transA: { i: transposeA ? 1 : 0 },
      transB: { i: transposeB ? 1 : 0 },
    });
    return lowering.reshape(product, op.outputs[0].shape);
  }
  const operand = (name: string, rank: number, transposed: boolean) => {
    if (!transposed) return name;
    const perm = Array.from({ length: rank }, (_, axis) => axis);
    [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
    return lowering.transpose(name, perm);
  };
  return lowering.emit("MatMul", [
    operand(lowering.get(a), a.shape.length, transposeA),
    operand(lowering.get(b), b.shape.length, transposeB),
  ]);
}

const batchMatMul: Kernel = {
  name: "BatchMatMul",
  inputs: ["a", "b"],
  infer([a, b], attrs) {
    if (a.dtype !== "float32" || b.dtype !== "float32") return null;
    util.assert(
      a.shape.length >= 2 && b.shape.length >= 2,
      () =>
        `Error in matMul: inputs must have the rank of at least 2, got ranks ${a.shape.length} and ${b.shape.length}.`,
    );
    const [rows, innerA] = attrs.transposeA
      ? [a.shape.at(-1), a.shape.at(-2)]
      : [a.shape.at(-2), a.shape.at(-1)];
    const [innerB, columns] = attrs.transposeB
      ? [b.shape.at(-1), b.shape.at(-2)]
      : [b.shape.at(-2), b.shape.at(-1)];
    if (innerA !== innerB) {
      throw new Error(
        `Error in matMul: inner shapes (${innerA}) and (${innerB}) of Tensors with shapes ${a.shape} and ` +
          `${b.shape} and transposeA=${attrs.transposeA} and transposeB=${attrs.transposeB} must match.`,
      );
    }
    const batch = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return single([...batch, rows as number, columns as number], "float32");
  },
  lower: (lowering, op) => lowering.set(op.outputs[0], emitProduct(lowering, op)),
};

const fusedMatMul: Kernel = {
  name: "_FusedMatMul",
  inputs: ["a", "b", "bias?", "preluActivationWeights?"],
  infer: batchMatMul.infer,
  lower(lowering, op) {
    const { bias, alpha } = fusedInputs(op);
    let name = emitProduct(lowering, op);
    if (bias) name = lowering.emit("Add", [name, lowering.get(bias)]);
    const weights = alpha && lowering.get(alpha);
    lowering.set(op.outputs[0], emitActivation(lowering, op, name, weights));
  },
};

/** Matrix products. */
export const PRODUCT: readonly Kernel[] = [batchMatMul, fusedMatMul];
