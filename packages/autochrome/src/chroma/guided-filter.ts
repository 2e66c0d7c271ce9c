/**
 * Chroma at full resolution from chroma at network resolution, guided by luma. In every small window chroma is
 * taken to be a linear function of luma; its slope is fitted at network resolution, its line is laid through
 * each pixel's own chroma, and both are applied to the full-resolution luma, so that colour borders follow the
 * photo's own edges.
 *
 * The slope is that of He, Sun, Tang, "Guided Image Filtering", PAMI 2013, subsampled as in He, Sun, "Fast
 * Guided Filter", arXiv:1505.00996. The intercept is not: averaged as there it blurs. Between the network's pixels the
 * models are interpolated bicubically. docs/architecture.md has the errors of this and other ways, and
 * bench/upsampling.ts measures them.
 *
 * @module
 */

/** Window radius in network pixels. */
export const GUIDE_RADIUS = 1;

/**
 * Regularization in squared L* units: windows whose luma varies by much less than its root, 10 L*, get no slope,
 * so that grain, noise and texture carry no colour.
 */
export const GUIDE_EPSILON = 100;

/** Values that a {@link ChromaFit} holds for each network pixel. */
const VALUES = 6;

/** Linear models of chroma, one a network pixel. */
export interface ChromaFit {
  width: number;
  height: number;
  /**
   * `[height * width * 6]`: slope and intercept of a*, slope and intercept of b*, and the lowest and the
   * highest L* seen around: beyond them the line is not continued, which is what would make halos.
   */
  values: Float32Array;
}

/**
 * Fits chroma to luma.
 *
 * @param luma L*, `[height * width]`
 * @param chroma interleaved a*, b*, `[height * width * 2]`
 */
export function fitChroma(
  luma: Float32Array,
  chroma: Float32Array,
  width: number,
  height: number,
  options: { radius?: number; epsilon?: number } = {},
): ChromaFit {
  const { radius = GUIDE_RADIUS, epsilon = GUIDE_EPSILON } = options;
  const n = width * height;
  const mean = (plane: Float32Array) => boxMean(plane, width, height, radius);
  const meanLuma = mean(luma);
  const lumaSquared = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    // Centred before squaring: in Float32 the variance of bright flat areas would drown in rounding.
    const centred = luma[i] - 50;
    lumaSquared[i] = centred * centred;
  }
  const meanSquared = mean(lumaSquared);
  const values = new Float32Array(n * VALUES);
  for (let channel = 0; channel < 2; channel++) {
    const plane = new Float32Array(n);
    const product = new Float32Array(n);
    for (let i = 0; i < n; i++) {
      plane[i] = chroma[2 * i + channel];
      product[i] = plane[i] * (luma[i] - 50);
    }
    const meanPlane = mean(plane);
    const meanProduct = mean(product);
    const slope = new Float32Array(n);
    for (let i = 0; i < n; i++) {
      const centre = meanLuma[i] - 50;
      const variance = Math.max(0, meanSquared[i] - centre * centre);
      slope[i] = (meanProduct[i] - centre * meanPlane[i]) / (variance + epsilon);
    }
    const meanSlope = mean(slope);
    for (let i = 0; i < n; i++) {
      values[i * VALUES + 2 * channel] = meanSlope[i];
      values[i * VALUES + 2 * channel + 1] = plane[i] - meanSlope[i] * luma[i];
    }
  }
  const { lowest, highest } = boxRange(luma, width, height, radius);
  for (let i = 0; i < n; i++) {
    values[i * VALUES + 4] = lowest[i];
    values[i * VALUES + 5] = highest[i];
  }
  return { width, height, values };
}

/** Of the values, those that are interpolated bicubically: not the range of L*, which must not overshoot. */
const CUBIC_VALUES = 4;

/** Evaluates a {@link ChromaFit} row by row at a larger size; models between pixels are interpolated bicubically. */
export class ChromaUpsampler {
  readonly #fit: ChromaFit;
  readonly #height: number;
  readonly #columns: Int32Array;
  readonly #fractions: Float32Array;
  /** Four weights a column. */
  readonly #weights: Float32Array;
  readonly #row: Float32Array;

  /** @param width pixels of a full-resolution row; `height` of a column */
  constructor(fit: ChromaFit, width: number, height: number) {
    this.#fit = fit;
    this.#height = height;
    this.#columns = new Int32Array(width);
    this.#fractions = new Float32Array(width);
    this.#weights = new Float32Array(width * 4);
    for (let x = 0; x < width; x++) {
      const at = sampleAt(x, width, fit.width);
      this.#columns[x] = Math.floor(at) * VALUES;
      this.#fractions[x] = at - Math.floor(at);
      this.#weights.set(cubicWeights(this.#fractions[x]), x * 4);
    }
    // One more column before and two after, copies of the outermost, so that these need no special case.
    this.#row = new Float32Array((fit.width + 3) * VALUES);
  }

  /**
   * Chroma of row `y`.
   *
   * @param luma L* of the row at full resolution, `[width]`
   * @param out where to write interleaved a*, b*, `[width * 2]`
   * @param saturation factor on the chroma
   */
  writeRow(y: number, luma: Float32Array, out: Float32Array, saturation: number): void {
    this.#interpolateRow(y);
    const row = this.#row;
    const columns = this.#columns;
    const fractions = this.#fractions;
    const weights = this.#weights;
    for (let x = 0; x < luma.length; x++) {
      const h = columns[x];
      const i = h + VALUES;
      const j = i + VALUES;
      const k = j + VALUES;
      const t = fractions[x];
      const lowest = row[i + 4] + (row[j + 4] - row[i + 4]) * t;
      const highest = row[i + 5] + (row[j + 5] - row[i + 5]) * t;
      const l = Math.min(Math.max(luma[x], lowest), highest);
      const p = weights[4 * x];
      const q = weights[4 * x + 1];
      const r = weights[4 * x + 2];
      const s = weights[4 * x + 3];
      const slopeA = p * row[h] + q * row[i] + r * row[j] + s * row[k];
      const interceptA = p * row[h + 1] + q * row[i + 1] + r * row[j + 1] + s * row[k + 1];
      const slopeB = p * row[h + 2] + q * row[i + 2] + r * row[j + 2] + s * row[k + 2];
      const interceptB = p * row[h + 3] + q * row[i + 3] + r * row[j + 3] + s * row[k + 3];
      out[2 * x] = (slopeA * l + interceptA) * saturation;
      out[2 * x + 1] = (slopeB * l + interceptB) * saturation;
    }
  }

  #interpolateRow(y: number): void {
    const { width, height, values } = this.#fit;
    const at = sampleAt(y, this.#height, height);
    const above = Math.floor(at);
    const t = at - above;
    const [p, q, r, s] = cubicWeights(t);
    const start = (line: number) => Math.min(Math.max(line, 0), height - 1) * width * VALUES;
    const h = start(above - 1);
    const i = start(above);
    const j = start(above + 1);
    const k = start(above + 2);
    const row = this.#row;
    const end = (width + 1) * VALUES;
    for (let to = VALUES, n = 0; to < end; to += VALUES, n += VALUES) {
      for (let v = 0; v < CUBIC_VALUES; v++) {
        row[to + v] =
          p * values[h + n + v] + q * values[i + n + v] + r * values[j + n + v] + s * values[k + n + v];
      }
      for (let v = CUBIC_VALUES; v < VALUES; v++) {
        row[to + v] = values[i + n + v] + (values[j + n + v] - values[i + n + v]) * t;
      }
    }
    row.copyWithin(0, VALUES, 2 * VALUES);
    row.copyWithin(end, end - VALUES, end);
    row.copyWithin(end + VALUES, end - VALUES, end);
  }
}

/** Catmull-Rom: weights of the samples at -1, 0, 1 and 2 at `t` in [0,1). */
function cubicWeights(t: number): [number, number, number, number] {
  return [
    ((2 - t) * t - 1) * t * 0.5,
    ((3 * t - 5) * t * t + 2) * 0.5,
    ((4 - 3 * t) * t + 1) * t * 0.5,
    (t - 1) * t * t * 0.5,
  ];
}

/** Where pixel `index` of `length` lies among `samples`, pixel centres over pixel centres. */
function sampleAt(index: number, length: number, samples: number): number {
  const at = ((index + 0.5) * samples) / length - 0.5;
  return Math.min(Math.max(at, 0), samples - 1);
}

/** Mean over the window of `radius` around each pixel; at the borders, over the part that lies inside. */
export function boxMean(plane: Float32Array, width: number, height: number, radius: number): Float32Array {
  const rows = new Float32Array(plane.length);
  for (let y = 0; y < height; y++) slideMean(plane, rows, y * width, 1, width, radius);
  const out = new Float32Array(plane.length);
  for (let x = 0; x < width; x++) slideMean(rows, out, x, width, height, radius);
  return out;
}

function slideMean(
  from: Float32Array,
  to: Float32Array,
  offset: number,
  stride: number,
  length: number,
  radius: number,
): void {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < Math.min(radius, length); i++) {
    sum += from[offset + i * stride];
    count++;
  }
  for (let i = 0; i < length; i++) {
    if (i + radius < length) {
      sum += from[offset + (i + radius) * stride];
      count++;
    }
    if (i - radius > 0) {
      sum -= from[offset + (i - radius - 1) * stride];
      count--;
    }
    to[offset + i * stride] = sum / count;
  }
}

/** Lowest and highest value in the window of `radius` around each pixel. */
function boxRange(
  plane: Float32Array,
  width: number,
  height: number,
  radius: number,
): { lowest: Float32Array; highest: Float32Array } {
  const rowLowest = new Float32Array(plane.length);
  const rowHighest = new Float32Array(plane.length);
  for (let y = 0; y < height; y++) {
    slideRange(plane, plane, rowLowest, rowHighest, y * width, 1, width, radius);
  }
  const lowest = new Float32Array(plane.length);
  const highest = new Float32Array(plane.length);
  for (let x = 0; x < width; x++) {
    slideRange(rowLowest, rowHighest, lowest, highest, x, width, height, radius);
  }
  return { lowest, highest };
}

function slideRange(
  fromLowest: Float32Array,
  fromHighest: Float32Array,
  toLowest: Float32Array,
  toHighest: Float32Array,
  offset: number,
  stride: number,
  length: number,
  radius: number,
): void {
  for (let i = 0; i < length; i++) {
    const end = offset + Math.min(length - 1, i + radius) * stride;
    let low = fromLowest[end];
    let high = fromHighest[end];
    for (let k = offset + Math.max(0, i - radius) * stride; k < end; k += stride) {
      if (fromLowest[k] < low) low = fromLowest[k];
      if (fromHighest[k] > high) high = fromHighest[k];
    }
    toLowest[offset + i * stride] = low;
    toHighest[offset + i * stride] = high;
  }
}
