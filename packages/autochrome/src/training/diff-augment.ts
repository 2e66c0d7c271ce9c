/**
 * Differentiable augmentation of what the discriminator sees.
 *
 * @module
 */
import { Random } from "../data/index.ts";
import { tf } from "../models/index.ts";
import type { TrainConfig } from "./config/index.ts";

/** Share of the side by which photos are shifted at most, and the share that a cutout covers. */
const SHIFT = 1 / 8;
const CUTOUT = 1 / 2;

/** Keeps these draws apart from those of `data/`. */
const STREAM = 101;

/**
 * DiffAugment (Zhao et al. 2020): every photo is shifted by up to an eighth of its side, with zeros (gray) moving in,
 * and a square of half its side is blanked, in luma and colours alike. Both are linear in the photo, so gradients
 * reach the generator. Without it a discriminator learns a small collection by heart.
 *
 * A step draws once for each place in the batch: a real photo, what was painted from it, and every update of the step
 * get the same shift and square. The draws follow from seed and step, and lie in variables that `prepare` assigns.
 */
export class DiffAugment {
  readonly #seed: number;
  readonly #batch: number;
  readonly #side: number;
  readonly #shift: boolean;
  readonly #cut: boolean;
  /** Of each row and column of the result, the one it comes from, [n, side, 1]; outside of the photo: nothing. */
  readonly #rows: tf.Variable;
  readonly #columns: tf.Variable;
  /** 1 in the rows and columns of the cutout, [n, side, 1, 1] and [n, 1, side, 1]. */
  readonly #cutRows: tf.Variable;
  readonly #cutColumns: tf.Variable;

  constructor(config: Pick<TrainConfig, "diffAugment" | "seed" | "batchSize" | "cropSize">) {
    const { diffAugment, seed, batchSize, cropSize } = config;
    const zeros = (...shape: number[]) => tf.tidy(() => tf.variable(tf.zeros(shape), false));
    this.#seed = seed;
    this.#batch = batchSize;
    this.#side = cropSize;
    this.#shift = diffAugment.includes("translation");
    this.#cut = diffAugment.includes("cutout");
    this.#rows = zeros(batchSize, cropSize, 1);
    this.#columns = zeros(batchSize, cropSize, 1);
    this.#cutRows = zeros(batchSize, cropSize, 1, 1);
    this.#cutColumns = zeros(batchSize, 1, cropSize, 1);
  }

  /** Draws for a step; call it before the step, outside of what is compiled. */
  prepare(step: number): void {
    if (!this.#shift && !this.#cut) return;
    const random = Random.of(this.#seed, STREAM, step);
    const [n, side] = [this.#batch, this.#side];
    const [rows, columns, cutRows, cutColumns] = Array.from({ length: 4 }, () => new Float32Array(n * side));
    const reach = Math.round(side * SHIFT);
    const size = Math.round(side * CUTOUT);
    for (let photo = 0; photo < n; photo++) {
      // All draws are made whatever is on, so that one policy leaves the other's draws alone.
      for (const [sources, cut] of [
        [rows!, cutRows!],
        [columns!, cutColumns!],
      ] as const) {
        const shift = random.integer(2 * reach + 1) - reach;
        const first = random.integer(side + 1 - (size % 2)) - Math.floor(size / 2);
        for (let i = 0; i < side; i++) {
          sources[photo * side + i] = i + shift;
          cut[photo * side + i] = i >= first && i < first + size ? 1 : 0;
        }
      }
    }
    const assign = (variable: tf.Variable, values: Float32Array) =>
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
    assign(this.#rows, rows!);
    assign(this.#columns, columns!);
    assign(this.#cutRows, cutRows!);
    assign(this.#cutColumns, cutColumns!);
  }

  /** @param photos [n, side, side, channels] */
  apply(photos: tf.Tensor4D): tf.Tensor4D {
    const shifted = this.#shift ? this.#translate(photos) : photos;
    if (!this.#cut) return shifted;
    const kept = tf.sub(1, tf.mul(this.#cutRows, this.#cutColumns));
    return tf.mul(shifted, kept);
  }

  dispose(): void {
    tf.dispose([this.#rows, this.#columns, this.#cutRows, this.#cutColumns]);
  }

  /** Shifts as products with matrices of zeros and ones: fast everywhere, and their gradients are products again. */
  #translate(photos: tf.Tensor4D): tf.Tensor4D {
    const [n, side, , channels] = photos.shape;
    const places = tf.reshape(tf.range(0, side), [1, 1, side]);
    const along = (sources: tf.Variable, x: tf.Tensor) => {
      const matrix = tf.cast(tf.equal(sources, places), "float32");
      return tf.reshape(tf.matMul(matrix, tf.reshape(x, [n, side, side * channels])), photos.shape);
    };
    const rowsDone = along(this.#rows, photos);
    const across = along(this.#columns, tf.transpose(rowsDone, [0, 2, 1, 3]));
    return tf.transpose(across, [0, 2, 1, 3]) as tf.Tensor4D;
  }
}
