/** Pictures for the tests, made from whole numbers alone so that other languages make the same ones. */
export interface Pair {
  readonly truth: Uint8Array;
  readonly painted: Uint8Array;
}

/** Whole numbers 0 to 255 of the linear congruential generator of Numerical Recipes. */
export function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
}

/** A noisy gradient and the same with every sample off by up to `amplitude`. */
export function gradientPair(width: number, height: number, amplitude: number, next: () => number): Pair {
  const truth = new Uint8Array(width * height * 3);
  const painted = new Uint8Array(width * height * 3);
  const clamp = (value: number): number => Math.min(255, Math.max(0, value));
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++, i++) {
        const gradient = (x * (5 + channel) + y * (3 + 2 * channel)) % 256;
        truth[i] = clamp(gradient + (next() % 17) - 8);
        painted[i] = clamp(truth[i] + (next() % (2 * amplitude + 1)) - amplitude);
      }
    }
  }
  return { truth, painted };
}

/** Interleaved Lab of a list of colours. */
export function lab(...colours: readonly (readonly [number, number, number])[]): Float32Array {
  return Float32Array.from(colours.flat());
}
