import {
  denormalizeChromaPlane,
  linearToSrgb,
  normalizeLumaPlane,
  relativeLuminance,
  rgbToLab,
} from "../color/index.ts";
import { AutochromeError } from "../errors.ts";
import type { Hint } from "./hint.ts";
import { HINTED_CHANNELS, markHints, spreadLuma } from "./hint-input.ts";
import { checkHints } from "./hints/index.ts";
import { cropPadding, type NetworkFrame, padPlane, planFrame, shrinkLuma } from "./network-frame.ts";
import type { Pixels } from "./pixels.ts";

/**
 * A photo's chroma as a network predicts it, and the photo's luma at the same size. It covers the whole photo, whose
 * proportion it need not have, and is never larger.
 */
export interface Prediction {
  width: number;
  height: number;
  /** L* in [0,100], `[height * width]`. */
  luma: Float32Array;
  /** Interleaved a*, b*, `[height * width * 2]`. */
  chroma: Float32Array;
}

/** A generator, whatever runtime computes it. */
export interface GeneratorRun {
  /** Named in errors. */
  name: string;
  /** What it predicts: a, b from L ("lab") or R, G, B from gray ("rgb"). */
  space: "lab" | "rgb";
  /** Height and width of its input must be multiples of this. */
  multiple: number;
  /** Whether its input carries colour hints; absent: it does not. */
  hints?: boolean;
  /**
   * @param input gray in [-1,1], `[1, height, width, 1]`; with `hints` `[1, height, width, 4]`: that, a*, b* of hints over
   *   110, and 1 where there is one
   * @returns `[1, height, width, 2]` for "lab", `[1, height, width, 3]` for "rgb", in [-1,1]; it may be written over
   */
  run(input: Float32Array, height: number, width: number): Promise<Float32Array>;
}

/**
 * Predicts a photo's chroma: luma at network size, reflect-padded, through the generator, padding cut off.
 *
 * @param size length in pixels of the short side that the network sees
 * @param hints shown to a generator that takes them, passed over by others
 * @throws AutochromeError where the generator's values are not numbers, or a hint is not valid (code "BAD_HINTS")
 */
export async function predictChroma(
  generator: GeneratorRun,
  { rgb, width, height }: Pixels,
  size: number,
  hints: readonly Hint[] = [],
): Promise<Prediction> {
  checkHints(hints);
  const frame = planFrame(width, height, size, generator.multiple);
  const luma = shrinkLuma(rgb, width, height, frame.width, frame.height);
  const gray = generator.space === "lab" ? normalizeLumaPlane(luma) : normalizeGrayPlane(luma);
  const input = generator.hints ? withHints(gray, frame, hints) : padPlane(gray, frame);
  const values = await generator.run(input, frame.paddedHeight, frame.paddedWidth);
  // One NaN would spread through the box filters over a whole row and column.
  if (!values.every(Number.isFinite)) {
    throw new AutochromeError(
      `the model '${generator.name}' gave values that are not numbers. Its training diverged: export an earlier checkpoint.`,
      { code: "MODEL_FAILED" },
    );
  }
  const chroma = generator.space === "lab" ? denormalizeChromaPlane(values, values) : chromaOfRgb(values);
  return { width: frame.width, height: frame.height, luma, chroma: cropPadding(chroma, frame, 2) };
}

/** In the padding stand the mirrored hints, as the mirrored photo does. */
function withHints(gray: Float32Array, frame: NetworkFrame, hints: readonly Hint[]): Float32Array {
  const input = spreadLuma(gray);
  markHints(input, frame.width, frame.height, hints);
  return padPlane(input, frame, HINTED_CHANNELS);
}

/** The sRGB gray of each L*, as the networks see it: level / 127.5 - 1. */
function normalizeGrayPlane(luma: Float32Array): Float32Array {
  return luma.map((value) => 2 * linearToSrgb(relativeLuminance(value)) - 1);
}

/** a*, b* of a network's R, G, B in [-1,1]. */
function chromaOfRgb(values: Float32Array): Float32Array {
  const rgb = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    rgb[i] = Math.round(Math.min(1, Math.max(0, (values[i] + 1) / 2)) * 65535);
  }
  const lab = rgbToLab(rgb);
  const chroma = new Float32Array((values.length / 3) * 2);
  for (let i = 0, k = 0; i < lab.length; i += 3, k += 2) {
    chroma[k] = lab[i + 1];
    chroma[k + 1] = lab[i + 2];
  }
  return chroma;
}
