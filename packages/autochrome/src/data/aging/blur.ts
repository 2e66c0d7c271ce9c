/**
 * A sampled Gaussian, cut off at three sigmas: its middle and one of its equal sides.
 * @param sigma pixels, above 0
 * @returns [1 + ceil(3 sigma)]; the first entry and twice the others add up to 1
 */
export function gaussianHalf(sigma: number): Float64Array {
  const half = Float64Array.from({ length: 1 + Math.ceil(3 * sigma) }, (_, i) =>
    Math.exp(-(i * i) / (2 * sigma * sigma)),
  );
  const sum = 2 * half.reduce((total, weight) => total + weight) - half[0];
  return half.map((weight) => weight / sum);
}

let halfway = new Float32Array(0);

/**
 * Gaussian blur in place.
 * @param plane [height * width]
 * @param half of `gaussianHalf`
 * @param edges beyond the edge lies its last pixel (`repeat`), or the opposite side (`wrap`)
 */
export function blurPlane(
  plane: Float32Array,
  width: number,
  height: number,
  half: Float64Array,
  edges: "repeat" | "wrap",
): void {
  if (halfway.length !== plane.length) halfway = new Float32Array(plane.length);
  blurRows(plane, width, height, half, edges, halfway);
  blurRows(halfway, height, width, half, edges, plane);
}

/** Blurs along rows and writes what was a row as a column, so that twice is both ways and upright again. */
function blurRows(
  source: Float32Array,
  width: number,
  height: number,
  half: Float64Array,
  edges: "repeat" | "wrap",
  transposed: Float32Array,
): void {
  const reach = half.length - 1;
  const line = new Float64Array(width + 2 * reach);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) line[reach + x] = source[row + x];
    for (let k = 1; k <= reach; k++) {
      const [before, after] = edges === "repeat" ? [0, width - 1] : [modulo(-k, width), (k - 1) % width];
      line[reach - k] = source[row + before];
      line[reach + width - 1 + k] = source[row + after];
    }
    for (let x = 0, middle = reach; x < width; x++, middle++) {
      let sum = half[0] * line[middle];
      for (let k = 1; k <= reach; k++) sum += half[k] * (line[middle - k] + line[middle + k]);
      transposed[x * height + y] = sum;
    }
  }
}

function modulo(value: number, count: number): number {
  return ((value % count) + count) % count;
}
