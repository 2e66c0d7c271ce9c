/**
 * Colours as classes: the places of a square grid in a, b that sRGB reaches.
 *
 * @module
 */
import { AB_SCALE, rgbToLab } from "../color/index.ts";
import { tf } from "./tf.ts";

/**
 * Spacing of the grid in units of a*, b*. Zhang et al. 2016 took 10, which sRGB fills with 313 places; a colour between the
 * places is not lost here (`gridWeights`), so a coarser grid does, at a third of the work.
 */
export const GRID_SPACING = 20;

/** a*, b* of the places that are corners of a grid square with an sRGB colour in it. */
export const COLOUR_GRID: readonly (readonly [a: number, b: number])[] = cornersOfGamut();

function cornersOfGamut(): [number, number][] {
  const steps = 33;
  const levels = Array.from({ length: steps }, (_, i) => Math.round((i * 255) / (steps - 1)));
  const rgb = Uint8Array.from(levels.flatMap((r) => levels.flatMap((g) => levels.flatMap((b) => [r, g, b]))));
  const lab = rgbToLab(rgb);
  const found = new Set<string>();
  for (let i = 0; i < lab.length; i += 3) {
    const [a, b] = [1, 2].map((k) => Math.floor(lab[i + k]! / GRID_SPACING)) as [number, number];
    for (const [da, db] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const)
      found.add(`${a + da} ${b + db}`);
  }
  const places = [...found].map((key) => key.split(" ").map(Number) as [number, number]);
  return places
    .sort(([a1, b1], [a2, b2]) => a1 - a2 || b1 - b2)
    .map(([a, b]) => [a * GRID_SPACING, b * GRID_SPACING]);
}

/** The grid's places over 110, as a kernel that takes weights to colours: [1, 1, classes, 2]. */
export function gridKernel(): tf.Tensor4D {
  const values = COLOUR_GRID.flatMap(([a, b]) => [a / AB_SCALE, b / AB_SCALE]);
  return tf.tensor4d(values, [1, 1, COLOUR_GRID.length, 2]);
}

/**
 * How much each place of the grid has of a colour: bilinear weights of the four around it, so that the places' mean under
 * them is the colour itself.
 *
 * @param colour a*, b* over 110, [n, h, w, 2]
 * @returns [n, h, w, classes], summing to 1 over classes for colours of sRGB
 */
export function gridWeights(colour: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const scale = AB_SCALE / GRID_SPACING;
    const along = (channel: 0 | 1) => {
      const values = tf.mul(tf.slice(colour, [0, 0, 0, channel], [-1, -1, -1, 1]), scale);
      const places = tf.tensor1d(COLOUR_GRID.map((place) => place[channel] / GRID_SPACING));
      return tf.relu(tf.sub(1, tf.abs(tf.sub(values, places))));
    };
    return tf.mul(along(0), along(1)) as tf.Tensor4D;
  });
}
