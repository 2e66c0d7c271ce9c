import { backend_util, type Tensor } from "@tensorflow/tfjs-core";
import type { ValueNode } from "../graph.ts";
import { type Kernel, single } from "./kernel.ts";

/** The sizes that the result's letters stand for, in order. */
function resultShape(inputs: readonly ValueNode[], equation: string): number[] {
  const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, inputs.length);
  // It reads nothing but the shapes of what it is given.
  backend_util.checkEinsumDimSizes(allDims.length, idDims, inputs as unknown as Tensor[]);
  const sizes = new Map<string, number>();
  idDims.forEach((letters, i) => {
    letters.forEach((letter, axis) => {
      sizes.set(allDims[letter], inputs[i].shape[axis]);
    });
  });
  const [, result] = equation.replace(/\s/g, "").split("->");
  return [...result].map((letter) => sizes.get(letter) as number);
}

/** Einstein summation; the runtime takes the same equations. */
const einsum: Kernel = {
  name: "Einsum",
  inputs: null,
  infer(inputs, attrs) {
    if (inputs.some((x) => x.dtype !== "float32")) return null;
    return single(resultShape(inputs, attrs.equation as string), "float32");
  },
  lower(lowering, op) {
    const equation = (op.attrs.equation as string).replace(/\s/g, "");
    const names = op.inputs.map((x) => lowering.get(x));
    lowering.set(op.outputs[0], lowering.emit("Einsum", names, { equation: { s: equation } }));
  },
};

/** Einstein summation. */
export const EINSUM: readonly Kernel[] = [einsum];
