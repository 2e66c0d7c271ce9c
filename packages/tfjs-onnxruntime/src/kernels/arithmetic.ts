import { broadcast_util } from "@tensorflow/tfjs-core";
import { lowerElementwise } from "../lowering.ts";
import { type Kernel, single } from "./kernel.ts";

/** The angle of the point (b, a): atan(a / b), turned by half a circle left of the vertical axis. */
const atan2: Kernel = {
  name: "Atan2",
  inputs: ["a", "b"],
  infer([a, b]) {
    if (a.dtype !== "float32" || b.dtype !== "float32") return null;
    return single(broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]), "float32");
  },
  lower(lowering, op) {
    lowerElementwise(lowering, op, ([a, b]) => {
      const zero = lowering.scalar(0, "float32");
      const half = lowering.scalar(Math.PI, "float32");
      const angle = lowering.emit("Atan", [lowering.emit("Div", [a, b])]);
      const turn = lowering.emit("Where", [
        lowering.emit("Less", [a, zero]),
        lowering.emit("Neg", [half]),
        half,
      ]);
      const isLeft = lowering.emit("Less", [b, zero]);
      const turned = lowering.emit("Where", [isLeft, lowering.emit("Add", [angle, turn]), angle]);
      const isOrigin = lowering.emit("And", [
        lowering.emit("Equal", [a, zero]),
        lowering.emit("Equal", [b, zero]),
      ]);
      return lowering.emit("Where", [isOrigin, zero, turned]);
    });
  },
};

/** Element-wise kernels that take several ONNX operations and a second thought. */
export const ARITHMETIC: readonly Kernel[] = [atan2];
