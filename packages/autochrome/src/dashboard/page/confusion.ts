/**
 * The discriminator as a classifier of patches, from what the training step records.
 */
import type { SeriesData } from "./run-data.ts";

/** Shares of all patches, real being positive; as many patches are real as painted. */
export interface Confusion {
  tp: number;
  fn: number;
  fp: number;
  tn: number;
  accuracy: number;
  /** NaN where nothing was judged real. */
  precision: number;
  recall: number;
  f1: number;
  /** The last step that went in, and how many rows did. */
  step: number;
  rows: number;
}

/** A batch holds few photos, so that one step alone would jump about. */
const ROWS = 20;

/** Mean of about twenty steps up to `step`; null before the discriminator plays. */
export function confusionAt(metrics: SeriesData, step: number): Confusion | null {
  const end = metrics.indexOfStep(step);
  const real = metrics.mean("realAccuracy");
  const fake = metrics.mean("fakeAccuracy");
  const buckets = Math.max(1, Math.ceil(ROWS / metrics.stride));
  let [count, realSum, fakeSum] = [0, 0, 0];
  for (let i = Math.max(0, end - buckets + 1); i <= end; i++) {
    const [r, f] = [real[i] ?? null, fake[i] ?? null];
    if (r === null || f === null) continue;
    count++;
    realSum += r;
    fakeSum += f;
  }
  if (count === 0) return null;
  const [tp, tn] = [realSum / count / 2, fakeSum / count / 2];
  const [fn, fp] = [0.5 - tp, 0.5 - tn];
  return {
    tp,
    fn,
    fp,
    tn,
    accuracy: tp + tn,
    precision: tp / (tp + fp),
    recall: 2 * tp,
    f1: (2 * tp) / (2 * tp + fp + fn),
    step: metrics.mean("step")[end] ?? step,
    rows: count * metrics.stride,
  };
}
