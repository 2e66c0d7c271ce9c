/** Sweeps down and up again over the picture. Two find all ways but those that wind like a labyrinth. */
const SWEEPS = 2;
const DIAGONAL = Math.SQRT2;

/**
 * Distances along ways through a picture: the length of the shortest way between pixels, where a step costs its length
 * and the change of luma along it. Computed by raster sweeps (Toivanen, "New geodesic distance transforms for gray-scale
 * images", Pattern Recognition Letters 1996).
 */
export class GeodesicGrid {
  readonly #width: number;
  readonly #height: number;
  /** Cost of the step to each pixel's neighbour: to the right, down, down right, down left. */
  readonly #right: Float32Array;
  readonly #down: Float32Array;
  readonly #downRight: Float32Array;
  readonly #downLeft: Float32Array;

  /**
   * @param luma L*, `[height * width]`
   * @param unit what counts as a distance of 1: a change of L*, a way in pixels
   */
  constructor(luma: Float32Array, width: number, height: number, unit: { contrast: number; way: number }) {
    this.#width = width;
    this.#height = height;
    const step = (offset: number, length: number) => {
      const costs = new Float32Array(luma.length);
      const way = length / unit.way;
      for (let i = 0; i + offset < luma.length; i++) {
        costs[i] = way + Math.abs(luma[i] - luma[i + offset]) / unit.contrast;
      }
      return costs;
    };
    this.#right = step(1, 1);
    this.#down = step(width, 1);
    this.#downRight = step(width + 1, DIAGONAL);
    this.#downLeft = step(width - 1, DIAGONAL);
  }

  /**
   * @param out distances from a pixel, written, `[height * width]`
   */
  distancesFrom(column: number, row: number, out: Float32Array): void {
    out.fill(Number.POSITIVE_INFINITY);
    out[row * this.#width + column] = 0;
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      // Above the hint's row nothing is known yet that could lead down.
      for (let y = sweep === 0 ? row : 0; y < this.#height; y++) this.#sweepDown(y, out);
      for (let y = this.#height - 1; y >= 0; y--) this.#sweepUp(y, out);
    }
  }

  #sweepDown(y: number, out: Float32Array): void {
    const width = this.#width;
    const [right, down, downRight, downLeft] = [this.#right, this.#down, this.#downRight, this.#downLeft];
    for (let x = 0, i = y * width; x < width; x++, i++) {
      let best = out[i];
      if (y > 0) {
        const above = i - width;
        best = Math.min(best, out[above] + down[above]);
        if (x > 0) best = Math.min(best, out[above - 1] + downRight[above - 1]);
        if (x + 1 < width) best = Math.min(best, out[above + 1] + downLeft[above + 1]);
      }
      if (x > 0) best = Math.min(best, out[i - 1] + right[i - 1]);
      out[i] = best;
    }
    for (let x = width - 2, i = y * width + x; x >= 0; x--, i--) {
      const way = out[i + 1] + right[i];
      if (way < out[i]) out[i] = way;
    }
  }

  #sweepUp(y: number, out: Float32Array): void {
    const width = this.#width;
    const [right, down, downRight, downLeft] = [this.#right, this.#down, this.#downRight, this.#downLeft];
    const inside = y + 1 < this.#height;
    for (let x = width - 1, i = y * width + x; x >= 0; x--, i--) {
      let best = out[i];
      if (inside) {
        const below = i + width;
        best = Math.min(best, out[below] + down[i]);
        if (x + 1 < width) best = Math.min(best, out[below + 1] + downRight[i]);
        if (x > 0) best = Math.min(best, out[below - 1] + downLeft[i]);
      }
      if (x + 1 < width) best = Math.min(best, out[i + 1] + right[i]);
      out[i] = best;
    }
    for (let x = 1, i = y * width + 1; x < width; x++, i++) {
      const way = out[i - 1] + right[i - 1];
      if (way < out[i]) out[i] = way;
    }
  }
}
