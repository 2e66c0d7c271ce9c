import { backend_util } from "@tensorflow/tfjs-core";
import { physicalAxes, sizeOf } from "../layout.ts";
import { commonLayout } from "../lowering.ts";
import { type Attrs, type Kernel, single } from "./kernel.ts";

type Margins = readonly (readonly [number, number])[];

function blocks(attrs: Attrs): { block: number[]; size: number } {
  const block = attrs.blockShape as number[];
  return { block, size: sizeOf(block) };
}

/** The margins of every axis, given those of the axes that follow the batch. */
function allMargins(attrs: Attrs, rank: number): Margins {
  const margins = attrs.paddings as Margins;
  return Array.from({ length: rank }, (_, axis) => margins[axis - 1] ?? [0, 0]);
}

function paddedSizes(shape: readonly number[], margins: Margins): number[] {
  return shape.map((dim, axis) => margins[axis][0] + dim + margins[axis][1]);
}

/** Moves blocks of pixels into the batch: how TensorFlow.js dilates pooling. */
const spaceToBatch: Kernel = {
  name: "SpaceToBatchND",
  inputs: ["x"],
  infer([x], attrs) {
    if (x.dtype === "bool") return null;
    const { block, size } = blocks(attrs);
    const padded = paddedSizes(x.shape, allMargins(attrs, x.shape.length));
    return single(backend_util.getReshapedPermuted(padded, block, size, false), x.dtype);
  },
  lower(lowering, op) {
    const [x] = op.inputs;
    const { block, size } = blocks(op.attrs);
    const margins = allMargins(op.attrs, x.shape.length);
    const padded = paddedSizes(x.shape, margins);
    const pads = [...margins.map(([before]) => before), ...margins.map(([, after]) => after)];
    const name = pads.some((count) => count > 0)
      ? lowering.emit("Pad", [lowering.get(x), lowering.int64(pads)])
      : lowering.get(x);
    const split = backend_util.getReshaped(padded, block, size, false);
    const order = backend_util.getPermuted(split.length, block.length, false);
    const moved = lowering.transpose(lowering.reshape(name, split), order);
    lowering.set(op.outputs[0], lowering.reshape(moved, op.outputs[0].shape));
  },
};

/** Undoes `SpaceToBatchND`. */
const batchToSpace: Kernel = {
  name: "BatchToSpaceND",
  inputs: ["x"],
  infer([x], attrs) {
    const { block, size } = blocks(attrs);
    const crops = attrs.crops as Margins;
    const whole = backend_util.getReshapedPermuted([...x.shape], block, size);
    return single(
      whole.map((dim, axis) => dim - (crops[axis - 1]?.[0] ?? 0) - (crops[axis - 1]?.[1] ?? 0)),
      x.dtype,
    );
  },
  lower(lowering, op) {
    const [x] = op.inputs;
    const output = op.outputs[0];
    const { block, size } = blocks(op.attrs);
    const split = backend_util.getReshaped([...x.shape], block, size);
    const order = backend_util.getPermuted(split.length, block.length);
    const whole = backend_util.getReshapedPermuted([...x.shape], block, size);
    const moved = lowering.transpose(lowering.reshape(lowering.get(x), split), order);
    let name = lowering.reshape(moved, whole);
    const crops = op.attrs.crops as Margins;
    const axes = whole.flatMap((dim, axis) => (dim === output.shape[axis] ? [] : [axis]));
    if (axes.length > 0) {
      name = lowering.emit("Slice", [
        name,
        lowering.int64(axes.map((axis) => crops[axis - 1][0])),
        lowering.int64(axes.map((axis) => crops[axis - 1][0] + output.shape[axis])),
        lowering.int64(axes),
      ]);
    }
    lowering.set(output, name);
  },
};

const flipLeftRight: Kernel = {
  name: "FlipLeftRight",
  inputs: ["image"],
  infer: ([image]) => single(image.shape, image.dtype),
  lower(lowering, op) {
    const [image] = op.inputs;
    const layout = commonLayout(lowering, [image], 4);
    const name = lowering.emit("Slice", [
      lowering.get(image, layout),
      lowering.int64([-1]),
      lowering.int64([-(2 ** 31)]),
      lowering.int64(physicalAxes([2], layout, 4)),
      lowering.int64([-1]),
    ]);
    lowering.set(op.outputs[0], name, layout);
  },
};

/** Kernels that move pixels between places and the batch, or turn images round. */
export const SPACE: readonly Kernel[] = [spaceToBatch, batchToSpace, flipLeftRight];
