/**
 * When a trial is not worth its end.
 *
 * @module
 */
import type { SweepSettings } from "./settings.ts";

/** Values of the objective by step, in order. */
export type Curve = readonly { step: number; value: number }[];

/**
 * The median stopping rule (Golovin et al. 2017, "Google Vizier"): a trial is stopped at a step when the best that it
 * has reached is worse than the median of what the others had averaged by then.
 *
 * @param own up to the step in question
 * @param others those of trials that were trained, whole
 * @returns what to tell, or null where the trial goes on
 */
export function stopReason(
  { stop, objective }: Pick<SweepSettings, "stop" | "objective">,
  own: Curve,
  others: readonly Curve[],
): string | null {
  const last = own.at(-1);
  if (stop === null || last === undefined || last.step < stop.after) return null;
  const sign = objective.goal === "maximize" ? 1 : -1;
  const averages = others.flatMap((curve) => {
    const known = curve.filter(({ step }) => step <= last.step).map(({ value }) => value * sign);
    const reached = curve.some(({ step }) => step >= last.step);
    return reached && known.length > 0 ? [known.reduce((sum, value) => sum + value, 0) / known.length] : [];
  });
  if (averages.length < stop.trials) return null;
  const best = Math.max(...own.map(({ value }) => value * sign));
  const median = medianOf(averages);
  if (best >= median) return null;
  const shown = (value: number) => (sign * value).toPrecision(4);
  return (
    `${objective.metric} ${shown(best)} at step ${last.step}, where the median of ${averages.length} others had ` +
    `averaged ${shown(median)}`
  );
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
