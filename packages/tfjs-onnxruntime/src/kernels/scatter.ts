import { type Kernel, single } from "./kernel.ts";

const INT64 = { to: { i: 7 } };

/** Overwrites slices of a tensor. */
const tensorScatterUpdate: Kernel = {
  name: "TensorScatterUpdate",
  inputs: ["tensor", "indices", "updates"],
  infer([tensor, indices, updates]) {
    if (indices.dtype !== "int32" || tensor.dtype !== updates.dtype) return null;
    return single(tensor.shape, tensor.dtype);
  },
  lower(lowering, op) {
    const [tensor, indices, updates] = op.inputs;
    const positions = lowering.emit("Cast", [lowering.get(indices)], INT64);
    const name = lowering.emit("ScatterND", [lowering.get(tensor), positions, lowering.get(updates)]);
    lowering.set(op.outputs[0], name);
  },
};

/** Kernels that write elements by number. */
export const SCATTER: readonly Kernel[] = [tensorScatterUpdate];
