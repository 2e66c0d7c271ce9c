/** A symmetric linear system on a grid of pixels, each tied to its four neighbours. */
export interface GridSystem {
  width: number;
  height: number;
  /** Affinity with the pixel to the right, `[height * width]`; 0 in the last column. */
  right: Float32Array;
  /** Affinity with the pixel below; 0 in the last row. */
  down: Float32Array;
  /** What holds each pixel to its own value; positive somewhere. */
  diagonal: Float32Array;
}

const MOST_ITERATIONS = 1500;

/**
 * Solves (L + diag(d)) u = f by conjugate gradients with a diagonal preconditioner, L being the Laplacian of the
 * affinities, from `start`. What is left of the error there counts against `f`.
 */
export function solveGrid(
  system: GridSystem,
  f: Float32Array,
  start: Float32Array,
  tolerance = 1e-4,
): Float32Array {
  const n = f.length;
  const inverse = inverseDiagonal(system);
  const u = start.slice();
  const residual = f.slice();
  const direction = new Float32Array(n);
  const product = new Float32Array(n);
  multiply(system, u, product);
  let size = 0;
  let whole = 0;
  for (let i = 0; i < n; i++) {
    whole += f[i]! * f[i]! * inverse[i]!;
    residual[i]! -= product[i]!;
    direction[i] = inverse[i] * residual[i];
    size += residual[i] * direction[i];
  }
  const enough = whole * tolerance * tolerance;
  for (let k = 0; k < MOST_ITERATIONS && size > enough; k++) {
    multiply(system, direction, product);
    let curvature = 0;
    for (let i = 0; i < n; i++) curvature += direction[i] * product[i];
    const step = size / curvature;
    let next = 0;
    for (let i = 0; i < n; i++) {
      u[i] += step * direction[i];
      residual[i] -= step * product[i];
      next += residual[i] * residual[i] * inverse[i];
    }
    const turn = next / size;
    for (let i = 0; i < n; i++) direction[i] = inverse[i] * residual[i] + turn * direction[i];
    size = next;
  }
  return u;
}

function inverseDiagonal({ width, right, down, diagonal }: GridSystem): Float32Array {
  const inverse = new Float32Array(diagonal.length);
  for (let i = 0; i < diagonal.length; i++) {
    const left = i % width === 0 ? 0 : right[i - 1];
    const above = i < width ? 0 : down[i - width];
    inverse[i] = 1 / (diagonal[i] + left + right[i] + above + down[i]);
  }
  return inverse;
}

function multiply({ width, height, right, down, diagonal }: GridSystem, u: Float32Array, out: Float32Array) {
  for (let i = 0; i < u.length; i++) out[i] = diagonal[i] * u[i];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (x + 1 < width) {
        const flow = right[i] * (u[i] - u[i + 1]);
        out[i] += flow;
        out[i + 1] -= flow;
      }
      if (y + 1 < height) {
        const flow = down[i] * (u[i] - u[i + width]);
        out[i] += flow;
        out[i + width] -= flow;
      }
    }
  }
}
