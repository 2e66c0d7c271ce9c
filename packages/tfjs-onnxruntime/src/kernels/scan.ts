import { util } from "@tensorflow/tfjs-core";
import type { Lowering } from "../lowering.ts";
import { type Kernel, single } from "./kernel.ts";

/**
 * Cumulative products, which ONNX lacks: each pass multiplies every element by the one 1, 2, 4, ... places
 * before it, so that after log2(length) passes each has met all that stand before (Hillis and Steele 1986).
 */
const cumprod: Kernel = {
  name: "Cumprod",
  inputs: ["x"],
  infer: ([x]) => (x.dtype === "float32" ? single(x.shape, x.dtype) : null),
  lower(lowering, op) {
    const [x] = op.inputs;
    const [axis] = util.parseAxisParam(op.attrs.axis as number, [...x.shape]);
    const backwards = Boolean(op.attrs.reverse);
    const length = x.shape[axis] ?? 1;
    const shift = (name: string, places: number) => shifted(lowering, name, x.shape, axis, places, backwards);
    let name = lowering.get(x);
    if (op.attrs.exclusive) name = shift(name, 1);
    for (let places = 1; places < length; places *= 2) {
      name = lowering.emit("Mul", [name, shift(name, places)]);
    }
    if (name === lowering.get(x)) name = lowering.emit("Identity", [name]);
    lowering.set(op.outputs[0], name);
  },
};

/** Moves everything on by some places along an axis, forwards or backwards; ones come in. */
function shifted(
  lowering: Lowering,
  name: string,
  shape: readonly number[],
  axis: number,
  places: number,
  backwards: boolean,
): string {
  const length = shape[axis];
  const kept = lowering.emit("Slice", [
    name,
    lowering.int64([backwards ? Math.min(places, length) : 0]),
    lowering.int64([backwards ? length : Math.max(0, length - places)]),
    lowering.int64([axis]),
  ]);
  const pads = new Array<number>(2 * shape.length).fill(0);
  pads[backwards ? shape.length + axis : axis] = Math.min(places, length);
  return lowering.emit("Pad", [kept, lowering.int64(pads), lowering.scalar(1, "float32")]);
}

/** Kernels that carry a value along an axis. */
export const SCAN: readonly Kernel[] = [cumprod];
