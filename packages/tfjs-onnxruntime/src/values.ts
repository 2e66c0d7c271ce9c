import type { BackendValues } from "@tensorflow/tfjs-core";
import type { GraphType, NumberArray } from "./graph.ts";
import { sizeOf } from "./layout.ts";
import { allocate } from "./runtime/pool.ts";

const SMALLEST_FILL = 16;

/** The one number, 0 or 1, that a larger array consists of, or null. */
export function fillOf(values: ArrayLike<number>): number | null {
  const first = values[0];
  if (values.length < SMALLEST_FILL || (first !== 0 && first !== 1) || Object.is(first, -0)) return null;
  for (let i = 1; i < values.length; i += 1) if (values[i] !== first || Object.is(values[i], -0)) return null;
  return first;
}

/** The values as the typed array of their type, copied only where they are none yet. */
export function typed(values: BackendValues, dtype: GraphType): NumberArray {
  if (dtype === "float32") return values instanceof Float32Array ? values : new Float32Array(values as never);
  if (dtype === "int32") return values instanceof Int32Array ? values : new Int32Array(values as never);
  return values instanceof Uint8Array && !(values instanceof Uint8ClampedArray)
    ? values
    : new Uint8Array(values as never);
}

/** All elements of a fill. */
export function expandFill(fill: number, dtype: GraphType, shape: readonly number[]): NumberArray {
  const values = allocate(dtype, sizeOf(shape));
  return fill === 0 ? values : values.fill(fill);
}
