/**
 * Settings that are allowed, but hardly meant.
 *
 * @module
 */
import type { TrainConfig } from "./schema.ts";

/** What should be said before a training begins, each a sentence without its full stop. */
export function adviceOn(config: TrainConfig): string[] {
  const advice: string[] = [];
  const { steps, pretrainSteps, warmupSteps } = config;
  if (steps !== null && pretrainSteps !== null && pretrainSteps >= steps) {
    advice.push(
      `the run ends at step ${steps}, before the adversarial phase begins (pretrainSteps ${pretrainSteps}): raise ` +
        "--steps or lower --pretrain-steps",
    );
  }
  if (steps !== null && warmupSteps >= steps) {
    advice.push(
      `the run ends at step ${steps}, before the learning rates have risen (warmupSteps ${warmupSteps}): raise ` +
        "--steps or lower --warmup-steps",
    );
  }
  return advice;
}
