/**
 * Hints as a person would give them, from the photo's true colours.
 *
 * @module
 */
import {
  deltaE2000,
  type Hint,
  HintField,
  labToRgb,
  type Pixels,
  type Prediction,
  placeHints,
} from "autochrome/browser";
import { Random } from "../../packages/autochrome/src/data/index.ts";

/** Side of the patch whose mean colour is the hint, as a share of the photo's short side. */
const PATCH = 1 / 64;
/** Side of the window over which an error is averaged before the worst place is chosen, in network pixels. */
const WINDOW = 7;

/** The true colour around a place: the mean of a* and b* over a small patch. */
export function trueHint({ width, height }: Pixels, lab: Float32Array, x: number, y: number): Hint {
  const radius = Math.max(1, Math.round((PATCH / 2) * Math.min(width, height)));
  const column = Math.min(width - 1, Math.floor(x * width));
  const row = Math.min(height - 1, Math.floor(y * height));
  const sum = [0, 0, 0];
  let count = 0;
  for (let v = Math.max(0, row - radius); v <= Math.min(height - 1, row + radius); v++) {
    for (let u = Math.max(0, column - radius); u <= Math.min(width - 1, column + radius); u++) {
      for (let c = 0; c < 3; c++) sum[c]! += lab[3 * (v * width + u) + c]!;
      count++;
    }
  }
  const rgb = labToRgb(
    Float32Array.from(sum, (value) => value / count),
    new Uint8Array(3),
  );
  return { x, y, color: `#${[...rgb].map((level) => level.toString(16).padStart(2, "0")).join("")}` };
}

/** Places drawn evenly over the photo; the same seed gives the same ones, and fewer are the first of more. */
export function randomHints(
  photo: Pixels,
  lab: Float32Array,
  count: number,
  seed: number,
  index: number,
): Hint[] {
  const random = Random.of(seed, index);
  return Array.from({ length: count }, () => trueHint(photo, lab, random.uniform(), random.uniform()));
}

/**
 * Places as somebody chooses them who corrects the worst that is left, one after the other.
 *
 * @param truth Lab of the photo at the prediction's size
 */
export function worstFirst(
  photo: Pixels,
  lab: Float32Array,
  prediction: Prediction,
  truth: Float32Array,
  count: number,
): Hint[] {
  const { width, height } = prediction;
  const field = new HintField(prediction);
  const hints: Hint[] = [];
  while (hints.length < count) {
    const at = worstPlace(field.blend().chroma, truth, width, height);
    const x = ((at % width) + 0.5) / width;
    const y = (Math.floor(at / width) + 0.5) / height;
    const hint = trueHint(photo, lab, x, y);
    hints.push(hint);
    for (const placed of placeHints([hint], width, height)) field.add(placed);
  }
  return hints;
}

function worstPlace(chroma: Float32Array, truth: Float32Array, width: number, height: number): number {
  // Summed up to the left and above, so that a window's sum takes four of them.
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, row = 0; x < width; x++, i++) {
      const [L, a, b] = [truth[3 * i]!, truth[3 * i + 1]!, truth[3 * i + 2]!];
      row += deltaE2000(L, a, b, L, chroma[2 * i]!, chroma[2 * i + 1]!);
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1]! + row;
    }
  }
  let worst = 0;
  let most = -1;
  for (let y = 0; y + WINDOW <= height; y++) {
    for (let x = 0; x + WINDOW <= width; x++) {
      const at = (u: number, v: number) => sums[v * (width + 1) + u]!;
      const sum = at(x + WINDOW, y + WINDOW) - at(x, y + WINDOW) - at(x + WINDOW, y) + at(x, y);
      if (sum > most) [worst, most] = [(y + (WINDOW >> 1)) * width + x + (WINDOW >> 1), sum];
    }
  }
  return worst;
}
