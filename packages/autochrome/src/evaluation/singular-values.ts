/**
 * Singular values of a dense matrix: Householder bidiagonalization (Golub and Kahan 1965), then the eigenvalues of
 * the tridiagonal matrix that holds the bidiagonal's entries off its diagonal, which are plus and minus the singular
 * values. Unlike the roots of the eigenvalues of MᵀM, small ones keep all their digits relative to the largest.
 *
 * @param matrix row-major, `[rows * columns]`; it is overwritten
 * @returns min(rows, columns) values, largest first
 */
export function singularValues(matrix: Float64Array, rows: number, columns: number): Float64Array {
  if (rows < columns) return singularValues(transpose(matrix, rows, columns), columns, rows);
  const entries = new Float64Array(2 * columns);
  for (let k = 0; k < columns; k++) {
    entries[2 * k] = eliminateColumn(matrix, rows, columns, k);
    if (k + 1 < columns) entries[2 * k + 1] = eliminateRow(matrix, rows, columns, k);
  }
  return tridiagonalEigenvalues(entries.subarray(0, 2 * columns - 1))
    .sort()
    .reverse()
    .slice(0, columns);
}

/**
 * Turns a matrix with more rows than columns into its triangular factor R, of which the first `columns` rows are
 * R and the rest is zero; Rᵀ R = MᵀM.
 *
 * @param matrix row-major, `[rows * columns]`; it is overwritten
 */
export function triangularize(matrix: Float64Array, rows: number, columns: number): void {
  for (let k = 0; k < Math.min(rows, columns); k++) {
    const head = eliminateColumn(matrix, rows, columns, k);
    for (let i = k; i < rows; i++) matrix[i * columns + k] = 0;
    matrix[k * columns + k] = head;
  }
}

/**
 * Reflects rows k and below so that column k keeps only its head, which is returned. The column itself is left as the
 * reflection's vector. All passes run along rows, as memory does.
 */
function eliminateColumn(m: Float64Array, rows: number, columns: number, k: number): number {
  let norm = 0;
  for (let i = k; i < rows; i++) norm = Math.hypot(norm, m[i * columns + k]);
  if (norm === 0) return 0;
  const first = m[k * columns + k];
  const head = first > 0 ? -norm : norm;
  m[k * columns + k] = first - head;
  // v'v / 2 of the vector v = x - head e.
  const half = norm * (norm + Math.abs(first));
  const sums = new Float64Array(columns);
  for (let i = k; i < rows; i++) {
    const at = i * columns;
    const weight = m[at + k];
    for (let j = k + 1; j < columns; j++) sums[j] += weight * m[at + j];
  }
  for (let j = k + 1; j < columns; j++) sums[j] /= half;
  for (let i = k; i < rows; i++) {
    const at = i * columns;
    const weight = m[at + k];
    for (let j = k + 1; j < columns; j++) m[at + j] -= weight * sums[j];
  }
  return head;
}

/** Reflects the columns after k so that row k keeps only the first of them, which is returned. */
function eliminateRow(m: Float64Array, rows: number, columns: number, k: number): number {
  const from = k * columns;
  let norm = 0;
  for (let j = k + 1; j < columns; j++) norm = Math.hypot(norm, m[from + j]);
  if (norm === 0) return 0;
  const first = m[from + k + 1];
  const head = first > 0 ? -norm : norm;
  m[from + k + 1] = first - head;
  const half = norm * (norm + Math.abs(first));
  for (let i = k + 1; i < rows; i++) {
    const at = i * columns;
    let sum = 0;
    for (let j = k + 1; j < columns; j++) sum += m[from + j] * m[at + j];
    sum /= half;
    for (let j = k + 1; j < columns; j++) m[at + j] -= sum * m[from + j];
  }
  return head;
}

/**
 * Eigenvalues of the symmetric tridiagonal matrix with a zero diagonal, by implicit QL steps (Wilkinson and Reinsch
 * 1971, tql1).
 *
 * @param beside the entries next to the diagonal, `[n - 1]`
 * @returns n values in no order
 */
function tridiagonalEigenvalues(beside: Float64Array): Float64Array {
  const size = beside.length + 1;
  const d = new Float64Array(size);
  const e = new Float64Array(size);
  e.set(beside);
  const largest = beside.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // The diagonal begins as zero, so that a neighbour's size says nothing of what is negligible.
  const negligible = Number.EPSILON * largest;
  for (let low = 0; low < size; low++) {
    for (;;) {
      let high = low;
      while (high < size - 1 && Math.abs(e[high]) > negligible) high++;
      if (high === low) break;
      let g = (d[low + 1] - d[low]) / (2 * e[low]);
      let r = Math.hypot(g, 1);
      g = d[high] - d[low] + e[low] / (g + (g >= 0 ? r : -r));
      let sine = 1;
      let cosine = 1;
      let shift = 0;
      let i = high - 1;
      for (; i >= low; i--) {
        const f = sine * e[i];
        const b = cosine * e[i];
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= shift;
          e[high] = 0;
          break;
        }
        sine = f / r;
        cosine = g / r;
        g = d[i + 1] - shift;
        r = (d[i] - g) * sine + 2 * cosine * b;
        shift = sine * r;
        d[i + 1] = g + shift;
        g = cosine * r - b;
      }
      if (i >= low) continue;
      d[low] -= shift;
      e[low] = g;
      e[high] = 0;
    }
  }
  return d;
}

function transpose(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const turned = new Float64Array(matrix.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = matrix[i * columns + j];
  }
  return turned;
}
