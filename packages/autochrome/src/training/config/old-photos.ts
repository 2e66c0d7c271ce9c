/**
 * What `oldPhotos` stands for.
 *
 * @module
 */
import type { PartialConfig } from "./schema.ts";

/**
 * Strengths at most; a crop's own are drawn below them. Blur and grain are small because photos are averaged down to
 * the network's size before it sees them, which leaves little of either; tones and the film's colours stay.
 */
const USUAL_STRENGTHS = {
  orthochromatic: 1,
  blur: 1,
  vignette: 0.4,
  fade: 0.4,
  gamma: 0.4,
  grain: 0.04,
  grainSize: 1,
} as const satisfies PartialConfig;

/** Gives the strengths that nobody has named where `oldPhotos` asks for them; one named 0 stays off. */
export function nameStrengths(settings: PartialConfig): void {
  if (!settings.oldPhotos) return;
  Object.assign(settings, { ...USUAL_STRENGTHS, ...settings });
}
