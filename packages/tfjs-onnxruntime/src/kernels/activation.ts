import type { OpNode } from "../graph.ts";
import type { Lowering } from "../lowering.ts";

/**
 * Emits the activation that a fused kernel ends with.
 *
 * @param alpha ready-to-broadcast weights of a prelu, if any
 */
export function emitActivation(lowering: Lowering, op: OpNode, name: string, alpha?: string): string {
  const activation = (op.attrs.activation as string | undefined) ?? "linear";
  switch (activation) {
    case "linear":
      return name;
    case "relu":
      return lowering.emit("Relu", [name]);
    case "elu":
      return lowering.emit("Elu", [name]);
    case "sigmoid":
      return lowering.emit("Sigmoid", [name]);
    case "relu6":
      return lowering.emit("Clip", [name, lowering.scalar(0, "float32"), lowering.scalar(6, "float32")]);
    case "leakyrelu":
      return lowering.emit("LeakyRelu", [name], { alpha: { f: op.attrs.leakyreluAlpha as number } });
    case "prelu":
      if (alpha === undefined) throw new Error("A fused prelu needs its weights.");
      return lowering.emit("PRelu", [name, alpha]);
    default:
      throw new Error(`Unknown fused activation "${activation}".`);
  }
}
