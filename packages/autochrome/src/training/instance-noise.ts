/**
 * Noise on what the discriminator sees.
 *
 * @module
 */
import { Random } from "../data/index.ts";
import { tf } from "../models/index.ts";
import type { TrainConfig } from "./config/index.ts";

/** Keeps these draws apart from those of `data/`. */
const STREAM = 102;

/**
 * Instance noise (Sønderby et al. 2017; Arjovsky and Bottou 2017): Gaussian noise on real and painted colours alike,
 * so that the two distributions overlap and the discriminator's verdict keeps a slope. Luma stays clean: it is the same
 * on both sides, and noise would only hide the photo.
 *
 * The noise of a step follows from its number and the seed. It is drawn outside of the step, into variables.
 */
export class InstanceNoise {
  readonly #seed: number;
  /** Noise of real and of painted colours, [n, side, side, channels]; null while it is off. */
  readonly #noise: { real: tf.Variable; fake: tf.Variable } | null;

  constructor(config: Pick<TrainConfig, "instanceNoise" | "seed" | "batchSize" | "cropSize" | "space">) {
    const { batchSize, cropSize, space } = config;
    const shape = [batchSize, cropSize, cropSize, space === "lab" ? 2 : 3];
    const zeros = () => tf.tidy(() => tf.variable(tf.zeros(shape), false));
    this.#seed = config.seed;
    this.#noise = config.instanceNoise === 0 ? null : { real: zeros(), fake: zeros() };
  }

  /**
   * Draws the noise of a step; call it before the step, outside of what is compiled.
   * @param deviation standard deviation, in the network's units
   */
  prepare(step: number, deviation: number): void {
    if (this.#noise === null) return;
    const random = Random.of(this.#seed, STREAM, step);
    for (const variable of [this.#noise.real, this.#noise.fake]) {
      const values = normals(random, variable.size, deviation);
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
    }
  }

  /** Colours with their noise. */
  addTo(colours: tf.Tensor4D, kind: "real" | "fake"): tf.Tensor4D {
    return this.#noise === null ? colours : tf.add(colours, this.#noise[kind]);
  }

  dispose(): void {
    if (this.#noise !== null) tf.dispose([this.#noise.real, this.#noise.fake]);
  }
}

const BITS = 16;
let quantiles: Float32Array | undefined;

/**
 * Draws from a normal distribution of mean 0, two from each random word: its halves look values up in a table of
 * 65,536 quantiles. Exact to the table (its tails end at 4.3 deviations) and, unlike a sine and a logarithm a
 * draw, quick enough for millions a step.
 */
export function normals(random: Random, count: number, deviation: number): Float32Array {
  quantiles ??= normalQuantiles(2 ** BITS);
  const values = new Float32Array(count);
  if (deviation === 0) return values;
  for (let i = 0; i < count; i += 2) {
    const word = random.nextUint32();
    values[i] = deviation * quantiles[word >>> BITS]!;
    if (i + 1 < count) values[i + 1] = deviation * quantiles[word & (2 ** BITS - 1)]!;
  }
  return values;
}

/** The standard normal's quantiles at (i + 0.5) / count, by summing its density up until each is reached. */
function normalQuantiles(count: number): Float32Array {
  const values = new Float32Array(count);
  const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  const step = 1e-5;
  let [x, below] = [0, 0.5];
  for (let i = count / 2; i < count; i++) {
    const wanted = (i + 0.5) / count;
    while (true) {
      const gain = density(x + step / 2) * step;
      if (below + gain >= wanted) {
        values[i] = x + (step * (wanted - below)) / gain;
        break;
      }
      below += gain;
      x += step;
    }
    values[count - 1 - i] = -values[i]!;
  }
  return values;
}
