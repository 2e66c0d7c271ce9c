/**
 * Which checkpoint a run returns to: the latest that the steps after it have shown to be sound.
 *
 * @module
 */
import { readRunState } from "./checkpoint.ts";
import { linkCheckpoint, renameCheckpoint } from "./checkpoint-folder.ts";
import type { CheckpointName, RunState } from "./run-state.ts";

/** Steps without ruin or non-finite values that show a checkpoint to be sound: monitors may need as many. */
const PROBATION = 100;

/**
 * Of a state that is about to be saved: the candidate that nothing has spoken against for 100 steps becomes the good
 * one, and this one the next candidate.
 */
export function promote({
  step,
  good,
  candidate,
}: Pick<RunState, "step" | "good" | "candidate">): Pick<RunState, "good" | "candidate"> {
  const proven = candidate !== null && step - candidate >= PROBATION;
  return proven ? { good: candidate, candidate: step } : { good, candidate: candidate ?? step };
}

/** Makes `good` and `candidate` what the state says, also where a process died before that was done. */
export async function settleCheckpoints(
  run: string,
  { good, candidate }: Pick<RunState, "good" | "candidate">,
): Promise<void> {
  const isAt = async (name: CheckpointName, step: number) => (await readRunState(run, name))?.step === step;
  if (!(await isAt("good", good))) {
    if (await isAt("candidate", good)) await renameCheckpoint(run, "candidate", "good");
    else if (await isAt("pretrained", good)) await linkCheckpoint(run, "pretrained", "good");
    else if (await isAt("last", good)) await linkCheckpoint(run, "last", "good");
  }
  if (candidate !== null && !(await isAt("candidate", candidate)) && (await isAt("last", candidate))) {
    await linkCheckpoint(run, "last", "candidate");
  }
}
