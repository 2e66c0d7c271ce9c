/**
 * Steps for tests of the monitors.
 *
 * @module
 */
import type { ChromaMoments } from "../chroma-moments.ts";
import type { StepLosses } from "../step.ts";

/** Moments of a batch whose photos' mean chroma differs by `between` (variance) around `mean`. */
export function momentsOf(
  side: Partial<ChromaMoments> & { between?: number } = {},
  batchSize = 4,
): ChromaMoments {
  const { between = 0.004, within = 0.01, level = 0.1, mean = [0.02, 0.03] } = side;
  const square = mean.reduce((sum, value) => sum + value * value, 0);
  return { within, level, mean, photos: square + (between * (batchSize - 1)) / batchSize };
}

/** A step of a game that goes well. */
export function healthyStep(changed: Partial<StepLosses> = {}): StepLosses {
  return {
    generator: 8,
    l1: 0.08,
    chromaSpread: 0.8,
    chromaVariety: 0.7,
    generatorGradient: 3,
    adversarial: 1,
    discriminator: 0.55,
    realAccuracy: 0.7,
    fakeAccuracy: 0.8,
    discriminatorGradient: 2,
    r1: null,
    moments: { painted: momentsOf({ within: 0.006, between: 0.003 }), real: momentsOf() },
    ...changed,
  };
}
