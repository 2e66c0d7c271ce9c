import { broadcast_util } from "@tensorflow/tfjs-core";
import { type Lowering, lowerElementwise } from "../lowering.ts";
import { type Kernel, single } from "./kernel.ts";

/** The remainder that has the divisor's sign; of a division by zero NaN, or 0 in int32. */
const mod: Kernel = {
  name: "Mod",
  inputs: ["a", "b"],
  infer([a, b]) {
    if (a.dtype !== b.dtype || a.dtype === "bool") return null;
    return single(broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]), a.dtype);
  },
  lower(lowering, op) {
    const lower = op.outputs[0].dtype === "int32" ? integerRemainder : floatRemainder;
    lowerElementwise(lowering, op, ([a, b]) => lower(lowering, a, b));
  },
};

/** The runtime's integer division by zero would end the process. */
function integerRemainder(lowering: Lowering, a: string, b: string): string {
  const zero = lowering.scalar(0, "int32");
  const isZero = lowering.emit("Equal", [b, zero]);
  const divisor = lowering.emit("Where", [isZero, lowering.scalar(1, "int32"), b]);
  return lowering.emit("Where", [isZero, zero, lowering.emit("Mod", [a, divisor])]);
}

function floatRemainder(lowering: Lowering, a: string, b: string): string {
  const zero = lowering.scalar(0, "float32");
  const remainder = (dividend: string) => lowering.emit("Mod", [dividend, b], { fmod: { i: 1 } });
  const rest = remainder(a);
  const isOpposite = lowering.emit("Xor", [
    lowering.emit("Less", [a, zero]),
    lowering.emit("Less", [b, zero]),
  ]);
  return lowering.emit("Where", [isOpposite, remainder(lowering.emit("Add", [rest, b])), rest]);
}

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

const finite: Kernel = {
  name: "IsFinite",
  inputs: ["x"],
  infer: ([x]) => (x.dtype === "float32" ? single(x.shape, "bool") : null),
  lower(lowering, op) {
    lowerElementwise(lowering, op, ([x]) =>
      lowering.emit("Not", [lowering.emit("Or", [lowering.emit("IsNaN", [x]), lowering.emit("IsInf", [x])])]),
    );
  },
};

/** Element-wise kernels that take several ONNX operations and a second thought. */
export const ARITHMETIC: readonly Kernel[] = [mod, atan2, finite];
