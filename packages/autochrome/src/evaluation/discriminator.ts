import { type Calibration, calibration, sigmoid } from "./calibration.ts";
import { type BinaryConfusion, type BinaryScores, binaryScores } from "./classification.ts";
import { type Roc, rocCurve } from "./roc.ts";
import { type ColourEvidence, judgeDiscriminator, type Verdict } from "./verdict.ts";

/** Decisions at one threshold on sigmoid(logit): at or above it a picture is called real. */
export interface ThresholdReport extends BinaryScores {
  readonly threshold: number;
  readonly confusion: BinaryConfusion;
}

export interface DiscriminatorScores extends ThresholdReport {
  readonly rocAuc: number;
  /** The same decisions at the point that label smoothing balances at, alpha / 2. */
  readonly balanced: ThresholdReport;
  readonly roc: Roc;
  readonly calibration: Calibration;
}

/** Real photos against colourized ones; real = positive. */
export interface DiscriminatorReport {
  /** One decision a picture, on its mean logit. */
  readonly perImage: DiscriminatorScores;
  /** One decision a patch. */
  readonly perPatch: DiscriminatorScores;
  readonly labelSmoothing: number;
  /** Patches left out because their logit was NaN or infinite. */
  readonly nonFinite: number;
  readonly verdict: Verdict;
}

/** Decisions of `positives` (real) and `negatives` (colourized), both logits, at a probability. */
export function decideAt(
  threshold: number,
  positives: Float32Array,
  negatives: Float32Array,
): ThresholdReport {
  const countReal = (logits: Float32Array): number => {
    let count = 0;
    for (const logit of logits) if (sigmoid(logit) >= threshold) count++;
    return count;
  };
  const tp = countReal(positives);
  const fp = countReal(negatives);
  const confusion = { tp, fp, fn: positives.length - tp, tn: negatives.length - fp };
  return { threshold, confusion, ...binaryScores(confusion) };
}

/**
 * All scores of a discriminator's logits: at threshold 0.5, and at `labelSmoothing / 2`, which is where a
 * discriminator trained with real labels alpha and fake labels 0 balances when both are equally likely.
 */
export function discriminatorScores(
  positives: Float32Array,
  negatives: Float32Array,
  labelSmoothing = 1,
): DiscriminatorScores {
  const roc = rocCurve(positives, negatives);
  return {
    ...decideAt(0.5, positives, negatives),
    rocAuc: roc.auc,
    balanced: decideAt(labelSmoothing / 2, positives, negatives),
    roc,
    calibration: calibration(positives, negatives),
  };
}

/** Gathers a discriminator's logits photo by photo. */
export class DiscriminatorTally {
  readonly #patches: { real: Float32Array[]; painted: Float32Array[] } = { real: [], painted: [] };
  readonly #images: { real: number[]; painted: number[] } = { real: [], painted: [] };
  #nonFinite = 0;

  /** @param logits one logit a patch, of one picture; non-finite ones are counted and left out */
  add(kind: "real" | "painted", logits: Float32Array): void {
    const finite = logits.filter(Number.isFinite);
    this.#nonFinite += logits.length - finite.length;
    if (finite.length === 0) return;
    this.#patches[kind].push(finite);
    this.#images[kind].push(finite.reduce((sum, logit) => sum + logit, 0) / finite.length);
  }

  /** @param evidence the painted photos' colour metrics, which tell a fooled discriminator from a broken one */
  report(evidence: ColourEvidence, labelSmoothing = 1): DiscriminatorReport {
    const { real, painted } = this.#patches;
    const perPatch = discriminatorScores(concatenate(real), concatenate(painted), labelSmoothing);
    const perImage = discriminatorScores(
      Float32Array.from(this.#images.real),
      Float32Array.from(this.#images.painted),
      labelSmoothing,
    );
    const verdict = judgeDiscriminator(perImage, this.#nonFinite, evidence);
    return { perImage, perPatch, labelSmoothing, nonFinite: this.#nonFinite, verdict };
  }
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
