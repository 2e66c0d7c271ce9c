const RADIUS = 5;
const WINDOW = 2 * RADIUS + 1;
const SIGMA = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** One half of the symmetric Gaussian, centre first; the whole window sums to 1. */
const KERNEL = gaussianHalf();

function gaussianHalf(): Float64Array {
  const half = Float64Array.from({ length: RADIUS + 1 }, (_, k) => Math.exp(-(k * k) / (2 * SIGMA * SIGMA)));
  const sum = 2 * half.reduce((total, weight) => total + weight, 0) - half[0];
  return half.map((weight) => weight / sum);
}

/** Convolves `line[0..valid + 10)` with the Gaussian into `out[start..start + valid)`. */
function blurLine(line: Float64Array, out: Float64Array, start: number, valid: number): void {
  const [w0, w1, w2, w3, w4, w5] = KERNEL;
  for (let x = 0; x < valid; x++) {
    out[start + x] =
      w5 * (line[x] + line[x + 10]) +
      w4 * (line[x + 1] + line[x + 9]) +
      w3 * (line[x + 2] + line[x + 8]) +
      w2 * (line[x + 3] + line[x + 7]) +
      w1 * (line[x + 4] + line[x + 6]) +
      w0 * line[x + 5];
  }
}

/** Weighted sum of the window's eleven blurred lines, which begin at `rows[0..10]`. */
function blurColumn(lines: Float64Array, rows: Int32Array, x: number): number {
  const [w0, w1, w2, w3, w4, w5] = KERNEL;
  return (
    w5 * (lines[rows[0] + x] + lines[rows[10] + x]) +
    w4 * (lines[rows[1] + x] + lines[rows[9] + x]) +
    w3 * (lines[rows[2] + x] + lines[rows[8] + x]) +
    w2 * (lines[rows[3] + x] + lines[rows[7] + x]) +
    w1 * (lines[rows[4] + x] + lines[rows[6] + x]) +
    w0 * lines[rows[5] + x]
  );
}

/**
 * Structural similarity of Wang, Bovik, Sheikh and Simoncelli (2004): Gaussian window 11 x 11 with sigma 1.5,
 * C1 = (0.01 * 255)^2, C2 = (0.03 * 255)^2, population variances, mean over the windows that lie wholly inside
 * the picture, per RGB channel, then mean of the channels.
 *
 * @param truth interleaved 8-bit sRGB, `[height * width * 3]`
 * @param painted the same shape
 * @returns in [-1,1], 1 for equal pictures; NaN when a side is shorter than the window
 */
export function ssim(truth: Uint8Array, painted: Uint8Array, width: number, height: number): number {
  const validWidth = width - WINDOW + 1;
  const validHeight = height - WINDOW + 1;
  if (validWidth < 1 || validHeight < 1) return Number.NaN;
  let sum = 0;
  for (let channel = 0; channel < 3; channel++) {
    sum += channelSum(truth, painted, width, height, channel);
  }
  return sum / (3 * validWidth * validHeight);
}

/**
 * The Gaussian is separable, and the formula needs only four blurred planes (both means, the sum of both
 * squares, the product), so each source row is blurred once into a ring of eleven lines and the columns are
 * then gathered from the ring: no plane of the picture's size is ever stored.
 */
function channelSum(a: Uint8Array, b: Uint8Array, width: number, height: number, channel: number): number {
  const valid = width - WINDOW + 1;
  const lineA = new Float64Array(width);
  const lineB = new Float64Array(width);
  const lineSquares = new Float64Array(width);
  const lineProduct = new Float64Array(width);
  const ringA = new Float64Array(WINDOW * valid);
  const ringB = new Float64Array(WINDOW * valid);
  const ringSquares = new Float64Array(WINDOW * valid);
  const ringProduct = new Float64Array(WINDOW * valid);
  const rows = new Int32Array(WINDOW);
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0, i = y * width * 3 + channel; x < width; x++, i += 3) {
      const p = a[i];
      const q = b[i];
      lineA[x] = p;
      lineB[x] = q;
      lineSquares[x] = p * p + q * q;
      lineProduct[x] = p * q;
    }
    const start = (y % WINDOW) * valid;
    blurLine(lineA, ringA, start, valid);
    blurLine(lineB, ringB, start, valid);
    blurLine(lineSquares, ringSquares, start, valid);
    blurLine(lineProduct, ringProduct, start, valid);
    if (y < WINDOW - 1) continue;
    for (let k = 0; k < WINDOW; k++) rows[k] = ((y + 1 + k) % WINDOW) * valid;
    for (let x = 0; x < valid; x++) {
      const meanA = blurColumn(ringA, rows, x);
      const meanB = blurColumn(ringB, rows, x);
      const meansProduct = meanA * meanB;
      const meansSquares = meanA * meanA + meanB * meanB;
      const covariance = blurColumn(ringProduct, rows, x) - meansProduct;
      const variances = blurColumn(ringSquares, rows, x) - meansSquares;
      sum += ((2 * meansProduct + C1) * (2 * covariance + C2)) / ((meansSquares + C1) * (variances + C2));
    }
  }
  return sum;
}
