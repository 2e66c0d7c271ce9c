import { LUMINANCE_WEIGHTS, type RgbWeights } from "../../color/index.ts";
import type { Random } from "../random.ts";

/**
 * How strongly a film answers to linear R, G and B; the weights add up to 1, so that gray stays as it is.
 *
 * Half of the draws are films before about 1930, which do not see red: between one that sees blue alone, nearly, and
 * an orthochromatic one. A quarter are panchromatic, near equal weights. A quarter stand behind a filter, yellow to
 * red, which darkens skies. The result lies between luminance and that film, at most `departure` of the way; half of
 * them beyond 0.7 of that, for a photo is by one film and not by a mean.
 *
 * @param departure 0 (always luminance) to 1
 */
export function drawFilm(random: Random, departure: number): RgbWeights {
  const [family, a, b] = [random.uniform(), random.uniform(), random.uniform()];
  const film = family < 0.5 ? blindToRed(a) : family < 0.75 ? panchromatic(a, b) : filtered(a);
  const way = departure * Math.sqrt(random.uniform());
  return LUMINANCE_WEIGHTS.map((weight, i) => weight + way * (film[i] - weight)) as unknown as RgbWeights;
}

/** From blue-sensitive (0) to orthochromatic (1). */
function blindToRed(t: number): RgbWeights {
  const green = 0.1 + 0.5 * t;
  return [0, green, 1 - green];
}

function panchromatic(a: number, b: number): RgbWeights {
  const [red, blue] = [0.23 + 0.2 * a, 0.23 + 0.2 * b];
  return [red, 1 - red - blue, blue];
}

/** Behind a filter from yellow (0) to deep red (1), which let no blue through. */
function filtered(t: number): RgbWeights {
  const red = 0.3 + 0.6 * t;
  return [red, 1 - red, 0];
}
