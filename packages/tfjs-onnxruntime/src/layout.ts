/**
 * How a value lies in memory: "" is TensorFlow.js's own row-major order; otherwise the digits name, for
 * each physical axis, the logical axis that it holds. `"0312"` is an NHWC tensor stored as NCHW, `"3201"`
 * an HWIO filter stored as OIHW.
 */
export type Layout = "" | "0312" | "3201" | "2301" | "3012";

export const NCHW: Layout = "0312";
export const OIHW: Layout = "3201";
export const IOHW: Layout = "2301";
export const OHWI: Layout = "3012";

const PERMUTATIONS: Record<Layout, readonly number[]> = {
  "": [],
  "0312": [0, 3, 1, 2],
  "3201": [3, 2, 0, 1],
  "2301": [2, 3, 0, 1],
  "3012": [3, 0, 1, 2],
};

/** Logical axis of each physical axis. */
export function permutation(layout: Layout, rank: number): readonly number[] {
  return layout === "" ? Array.from({ length: rank }, (_, axis) => axis) : PERMUTATIONS[layout];
}

/** The physical sizes of a value with these logical sizes. */
export function physicalDims(dims: readonly number[], layout: Layout): readonly number[] {
  return layout === "" ? dims : PERMUTATIONS[layout].map((axis) => dims[axis]);
}

/** The physical axes that stand for these logical ones. */
export function physicalAxes(axes: readonly number[], layout: Layout, rank: number): number[] {
  const perm = permutation(layout, rank);
  return axes.map((axis) => perm.indexOf(axis));
}

/** The `perm` attribute of the Transpose that turns one layout into another. */
export function transposition(from: Layout, to: Layout, rank: number): number[] {
  const source = permutation(from, rank);
  return permutation(to, rank).map((axis) => source.indexOf(axis));
}

/** True when reordering the axes leaves the memory order unchanged: at most one size differs from 1. */
export function isFlat(dims: readonly number[]): boolean {
  let long = 0;
  for (const dim of dims) if (dim !== 1) long += 1;
  return long <= 1;
}

export function sizeOf(dims: readonly number[]): number {
  let size = 1;
  for (const dim of dims) size *= dim;
  return size;
}

type NumberArray = Float32Array | Int32Array | Uint8Array;

/** Copies a value stored in `layout` into row-major logical order. */
export function toRowMajor<T extends NumberArray>(data: T, dims: readonly number[], layout: Layout): T {
  if (layout === "" || isFlat(dims)) return data;
  const physical = physicalDims(dims, layout);
  const strides = new Array<number>(4);
  let stride = 1;
  for (let axis = 3; axis >= 0; axis -= 1) {
    strides[PERMUTATIONS[layout][axis]] = stride;
    stride *= physical[axis];
  }
  const out = data.slice() as T;
  const [s0, s1, s2, s3] = strides;
  let position = 0;
  for (let i = 0; i < dims[0]; i += 1) {
    for (let j = 0; j < dims[1]; j += 1) {
      for (let k = 0; k < dims[2]; k += 1) {
        let source = i * s0 + j * s1 + k * s2;
        for (let l = 0; l < dims[3]; l += 1, source += s3, position += 1) out[position] = data[source];
      }
    }
  }
  return out;
}
