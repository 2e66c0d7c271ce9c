import { linearToSrgb, relativeLuminance } from "../../color/index.ts";
import { shrinkLuma } from "../network-frame.ts";
import type { Pixels } from "../pixels.ts";
import { type GeneratorRun, type Prediction, predictChroma } from "../prediction.ts";

/** How the photo is shown to the network: mirrored, its luma bent by a power, at a multiple of the usual size. */
const VIEWS: readonly { mirrored: boolean; gamma: number; zoom: number }[] = [
  { mirrored: true, gamma: 1, zoom: 1 },
  { mirrored: false, gamma: 0.7, zoom: 1 },
  { mirrored: true, gamma: 1.4, zoom: 1 },
  { mirrored: false, gamma: 1, zoom: 0.6 },
  { mirrored: true, gamma: 1, zoom: 1.5 },
];

/**
 * What a network says of a photo that it is shown in other ways, upright again: the answers of a network that gives but
 * one. Takes some six times as long as one prediction.
 *
 * @param size length in pixels of the short side that the network usually sees
 * @throws AutochromeError as `predictChroma` does
 */
export async function predictVariants(
  generator: GeneratorRun,
  photo: Pixels,
  size: number,
): Promise<Prediction[]> {
  const sizes = VIEWS.map(({ zoom }) => Math.max(1, Math.round(size * zoom)));
  const scale = Math.min(1, Math.max(...sizes) / Math.min(photo.width, photo.height));
  const width = Math.max(1, Math.round(photo.width * scale));
  const height = Math.max(1, Math.round(photo.height * scale));
  const luma = shrinkLuma(photo.rgb, photo.width, photo.height, width, height);
  const predictions: Prediction[] = [];
  for (const [i, { mirrored, gamma }] of VIEWS.entries()) {
    const bent = luma.map((value) => 100 * (value / 100) ** gamma);
    if (mirrored) mirror(bent, width, 1);
    const prediction = await predictChroma(generator, { width, height, rgb: grayPixels(bent) }, sizes[i]);
    if (mirrored) {
      mirror(prediction.luma, prediction.width, 1);
      mirror(prediction.chroma, prediction.width, 2);
    }
    predictions.push(prediction);
  }
  return predictions;
}

function grayPixels(luma: Float32Array): Uint16Array {
  const rgb = new Uint16Array(luma.length * 3);
  for (let i = 0; i < luma.length; i++) {
    rgb.fill(Math.round(65535 * linearToSrgb(relativeLuminance(luma[i]))), 3 * i, 3 * i + 3);
  }
  return rgb;
}

/** Swaps left and right in place. */
function mirror(plane: Float32Array, width: number, channels: number): void {
  for (let row = 0; row < plane.length; row += width * channels) {
    for (let x = 0; x < width >> 1; x++) {
      for (let c = 0; c < channels; c++) {
        const one = row + x * channels + c;
        const other = row + (width - 1 - x) * channels + c;
        [plane[one], plane[other]] = [plane[other], plane[one]];
      }
    }
  }
}
