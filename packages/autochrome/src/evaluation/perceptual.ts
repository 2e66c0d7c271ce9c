import { bootstrapMean, type Interval } from "./bootstrap.ts";
import { frechetDistance } from "./frechet.ts";

/** Interleaved 8-bit sRGB, `[height * width * 3]`. */
export interface Picture {
  readonly rgb: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Other people's networks, which measure what formulas cannot. */
export interface PerceptualNetworks {
  /** Features whose Gaussians are compared: FID, where the network is the Inception one. */
  readonly features?: {
    /** What the distance is called: "FID", or the network's own name. */
    readonly label: string;
    readonly extract: (picture: Picture) => Promise<Float32Array>;
  };
  /** A distance between two pictures: LPIPS. */
  readonly distance?: {
    readonly label: string;
    readonly measure: (truth: Picture, painted: Picture) => Promise<number>;
  };
}

/** Fréchet distances between the features of the true photos and of the painted ones; lower is better. */
export interface FrechetReport {
  readonly label: string;
  /** Photos on either side: the distance falls with their number, so that only equal numbers compare. */
  readonly photos: number;
  /** Features of a picture. */
  readonly dimensions: number;
  readonly model: number;
  readonly baselines: Readonly<Record<string, number>>;
}

/** Mean distances over photos with bootstrap 95% intervals; lower is better. */
export interface DistanceReport {
  readonly label: string;
  readonly model: Interval;
  readonly baselines: Readonly<Record<string, Interval>>;
}

export interface PerceptualReport {
  readonly frechet: FrechetReport | null;
  readonly distance: DistanceReport | null;
}

/** Gathers features and distances photo by photo. */
export class PerceptualTally {
  readonly #networks: PerceptualNetworks;
  readonly #trueFeatures: Float32Array[] = [];
  readonly #features = new Map<string, Float32Array[]>();
  readonly #distances = new Map<string, number[]>();
  readonly #frechet = new Map<string, number>();
  #truth: Picture | null = null;

  constructor(networks: PerceptualNetworks) {
    this.#networks = networks;
  }

  /** The true photo that the next `add`s are compared with. */
  async startPhoto(truth: Picture): Promise<void> {
    this.#truth = truth;
    const { features } = this.#networks;
    if (features) this.#trueFeatures.push(await features.extract(truth));
  }

  /** @param key whose picture it is: a network's or a baseline's */
  async add(key: string, painted: Picture): Promise<void> {
    const { features, distance } = this.#networks;
    if (features) append(this.#features, key, await features.extract(painted));
    if (distance) append(this.#distances, key, await distance.measure(this.#truth!, painted));
  }

  report(model: string, baselines: Readonly<Record<string, string>>, seed: number): PerceptualReport {
    const { features, distance } = this.#networks;
    const each = <T>(value: (key: string) => T): Record<string, T> =>
      Object.fromEntries(Object.entries(baselines).map(([name, key]) => [name, value(key)]));
    const interval = (key: string): Interval => bootstrapMean(this.#distances.get(key) ?? [], { seed });
    return {
      frechet: features
        ? {
            label: features.label,
            photos: this.#trueFeatures.length,
            dimensions: this.#trueFeatures[0]?.length ?? 0,
            model: this.#frechetOf(model),
            baselines: each((key) => this.#frechetOf(key)),
          }
        : null,
      distance: distance
        ? { label: distance.label, model: interval(model), baselines: each(interval) }
        : null,
    };
  }

  /** Kept, as several models share their baselines, and one of 2,048 photos takes long. */
  #frechetOf(key: string): number {
    const known = this.#frechet.get(key);
    if (known !== undefined) return known;
    const value = frechetDistance(this.#trueFeatures, this.#features.get(key) ?? []);
    this.#frechet.set(key, value);
    return value;
  }
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
