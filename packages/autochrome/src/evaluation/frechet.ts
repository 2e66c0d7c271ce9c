import { singularValues, triangularize } from "./singular-values.ts";

/**
 * Fréchet distance between two sets of feature vectors, each taken as a Gaussian (Heusel et al. 2017, equation 6,
 * squared as there): |μ1 - μ2|² + Tr(Σ1 + Σ2 - 2 (Σ1 Σ2)^½), with unbiased covariances.
 *
 * No covariance and no matrix root is ever formed. With X the centred vectors over √(n - 1), one a row, Σ = XᵀX, and
 * Σ1 Σ2 has the non-zero eigenvalues of M Mᵀ, M = X1 X2ᵀ, so that Tr (Σ1 Σ2)^½ is the sum of M's singular values.
 * This holds for fewer vectors than dimensions too, where the covariances are singular and roots of them inexact.
 *
 * @param first vectors of one length d
 * @param second vectors of the same length; the sets may differ in number
 * @returns 0 or more; NaN where a set holds fewer than two vectors
 */
export function frechetDistance(
  first: readonly ArrayLike<number>[],
  second: readonly ArrayLike<number>[],
): number {
  if (first.length < 2 || second.length < 2) return Number.NaN;
  const one = center(first);
  const two = center(second);
  const dimensions = one.mean.length;
  let distance = 0;
  for (let k = 0; k < dimensions; k++) distance += (one.mean[k] - two.mean[k]) ** 2;
  distance += squares(one.rows) + squares(two.rows);
  const a = reduce(one.rows, first.length, dimensions);
  const b = reduce(two.rows, second.length, dimensions);
  const product = new Float64Array(a.count * b.count);
  for (let i = 0; i < a.count; i++) {
    for (let j = 0; j < b.count; j++) {
      let sum = 0;
      for (let p = i * dimensions, q = j * dimensions, k = 0; k < dimensions; k++) {
        sum += a.rows[p + k] * b.rows[q + k];
      }
      product[i * b.count + j] = sum;
    }
  }
  const root = singularValues(product, a.count, b.count).reduce((sum, value) => sum + value, 0);
  return Math.max(0, distance - 2 * root);
}

/** The mean, and the centred vectors over √(n - 1) as rows. */
function center(vectors: readonly ArrayLike<number>[]): { mean: Float64Array; rows: Float64Array } {
  const count = vectors.length;
  const dimensions = vectors[0].length;
  const mean = new Float64Array(dimensions);
  for (const vector of vectors) for (let k = 0; k < dimensions; k++) mean[k] += vector[k] / count;
  const rows = new Float64Array(count * dimensions);
  const scale = 1 / Math.sqrt(count - 1);
  vectors.forEach((vector, i) => {
    for (let k = 0; k < dimensions; k++) rows[i * dimensions + k] = (vector[k] - mean[k]) * scale;
  });
  return { mean, rows };
}

/** At most d rows with the same XᵀX: the triangular factor of X, where X has more. */
function reduce(rows: Float64Array, count: number, dimensions: number) {
  if (count <= dimensions) return { rows, count };
  triangularize(rows, count, dimensions);
  return { rows: rows.subarray(0, dimensions * dimensions), count: dimensions };
}

function squares(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
