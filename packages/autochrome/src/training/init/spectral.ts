/**
 * The state of spectral normalization, for kernels that come without it.
 *
 * @module
 */

const ITERATIONS = 500;
const BISECTIONS = 50;

/**
 * A unit vector u with |W u| = 1, next to the direction that W stretches most.
 *
 * An exported network holds its kernels already divided by |W u|, and u is gone. A layer that is given such a
 * kernel with this u divides it by 1 again, and so computes what the file computes; the power iteration of the
 * coming steps goes on from there. Since u is an estimate, |W u| = 1 lies a little below the largest singular
 * value: the power iteration from a direction that W shrinks passes it, and bisection finds the place.
 *
 * @param kernel W row by row, [rows * columns]
 * @param columns the kernel's filters
 * @returns [columns]; the direction of the largest singular value where that is below 1
 */
export function unitStretch(kernel: Float32Array, columns: number): Float32Array {
  const gram = gramMatrix(kernel, columns);
  const stretch = (u: Float64Array) => Math.sqrt(Math.max(0, dot(u, times(gram, u))));
  // A little of every other direction, so that the iteration leaves one that no other row shares.
  let u: Float64Array = new Float64Array(columns).fill(1e-3);
  u[shortestColumn(gram, columns)] = 1;
  u = unit(u);
  for (let i = 0; i < ITERATIONS && stretch(u) < 1; i++) {
    const next = unit(times(gram, u));
    if (stretch(next) >= 1) {
      let [below, above] = [0, 1];
      const between = (share: number) => unit(u.map((value, j) => value + share * (next[j]! - value)));
      for (let j = 0; j < BISECTIONS; j++) {
        const middle = (below + above) / 2;
        if (stretch(between(middle)) < 1) below = middle;
        else above = middle;
      }
      return Float32Array.from(between(above));
    }
    u = next;
  }
  return Float32Array.from(u);
}

/** W^T W, row by row. */
function gramMatrix(kernel: Float32Array, columns: number): Float64Array {
  const gram = new Float64Array(columns * columns);
  for (let row = 0; row < kernel.length; row += columns) {
    for (let i = 0; i < columns; i++) {
      const value = kernel[row + i]!;
      for (let j = 0; j < columns; j++) gram[i * columns + j]! += value * kernel[row + j]!;
    }
  }
  return gram;
}

function shortestColumn(gram: Float64Array, columns: number): number {
  let shortest = 0;
  for (let i = 1; i < columns; i++) {
    if (gram[i * columns + i]! < gram[shortest * columns + shortest]!) shortest = i;
  }
  return shortest;
}

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, i) => dot(matrix.subarray(i * size, (i + 1) * size), vector));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}
