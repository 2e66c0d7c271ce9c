/**
 * The monitors' quantities step by step, for curves.
 *
 * @module
 */
import type { StepLosses } from "../step.ts";
import { averages, follow, newAverageState } from "./averages.ts";
import { spreadRatio, varietyRatio } from "./signs.ts";

export interface Readings {
  /** See `varietyRatio` and `spreadRatio`. */
  variety: number;
  spread: number;
  /** Share of patches judged rightly; meaningless in phase `l1`, as the next. */
  accuracy: number;
  adversarial: number;
}

/** Takes steps, also those of the L1 phase, and gives the averages that monitors judge by. */
export function readMonitors({ batchSize }: { batchSize: number }): { take(losses: StepLosses): Readings } {
  let state = newAverageState();
  let adversarial = false;
  return {
    take(losses) {
      // The phases are two stories: what was read in the first says nothing of the second's game.
      if (!adversarial && losses.adversarial !== null) {
        adversarial = true;
        state = newAverageState();
      }
      state = follow(state, losses, batchSize);
      const seen = averages(state);
      return {
        variety: varietyRatio(seen),
        spread: spreadRatio(seen),
        accuracy: (seen.realAccuracy + seen.fakeAccuracy) / 2,
        adversarial: seen.adversarial,
      };
    },
  };
}
