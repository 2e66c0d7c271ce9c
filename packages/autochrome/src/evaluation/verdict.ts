/** Colour metrics of the painted photos: means over photos. */
export interface ColourEvidence {
  readonly hueAccuracy: number;
  readonly colourfulnessRatio: number;
}

/** What a discriminator's scores mean, in one word and in a sentence for people. */
export interface Verdict {
  readonly kind: "discerning" | "fooled" | "broken" | "shifted" | "unknown";
  readonly text: string;
}

/** What {@link judgeDiscriminator} reads of the per-image scores. */
export interface JudgedScores {
  readonly accuracy: number;
  readonly rocAuc: number;
  readonly balanced: { readonly accuracy: number; readonly threshold: number };
}

/** Accuracies and areas this close to one half say nothing about the pictures. */
const NEAR_HALF = 0.1;
/** Colours count as plausible from here on; timid sepia stays below at least one of the two. */
const PLAUSIBLE_HUE = 0.3;
const PLAUSIBLE_RATIO: readonly [number, number] = [0.35, 2];

const percent = (share: number): string => `${Math.round(share * 100)}%`;

/**
 * An accuracy near 50% is reached by a discriminator that good colours fool and by one that learned nothing.
 * The colour metrics tell which: colours that a person would find wrong should not fool anyone.
 */
export function judgeDiscriminator(scores: JudgedScores, nonFinite: number, colour: ColourEvidence): Verdict {
  if (!Number.isFinite(scores.accuracy) || !Number.isFinite(scores.rocAuc)) {
    const text =
      nonFinite > 0
        ? "broken: the discriminator gave no finite logit for one of the two sides; its weights have diverged"
        : "unknown: no pictures were judged";
    return { kind: nonFinite > 0 ? "broken" : "unknown", text };
  }
  const figures = `accuracy ${percent(scores.accuracy)} per image, ROC AUC ${scores.rocAuc.toFixed(2)}`;
  const best = Math.max(scores.accuracy, scores.balanced.accuracy);
  if (nonFinite > 0) {
    return {
      kind: "broken",
      text: `broken: ${nonFinite} patches had logits that are not finite (${figures})`,
    };
  }
  if (scores.rocAuc < 0.5 - NEAR_HALF) {
    return {
      kind: "broken",
      text: `broken: it finds colourized photos more real than real ones (${figures}); check that labels and colour space match its training`,
    };
  }
  if (best > 0.5 + NEAR_HALF) {
    return { kind: "discerning", text: `discerning: it tells colourized photos from real ones (${figures})` };
  }
  if (scores.rocAuc > 0.5 + 2 * NEAR_HALF) {
    return {
      kind: "shifted",
      text: `shifted: it ranks real photos above colourized ones, but both lie on one side of 0.5 and of ${scores.balanced.threshold} (${figures})`,
    };
  }
  const { hueAccuracy, colourfulnessRatio } = colour;
  const colours = `hue accuracy ${hueAccuracy.toFixed(2)}, colourfulness ratio ${colourfulnessRatio.toFixed(2)}`;
  const plausible =
    hueAccuracy >= PLAUSIBLE_HUE &&
    colourfulnessRatio >= PLAUSIBLE_RATIO[0] &&
    colourfulnessRatio <= PLAUSIBLE_RATIO[1];
  return plausible
    ? { kind: "fooled", text: `fooled: near chance (${figures}) by colours that hold up (${colours})` }
    : {
        kind: "broken",
        text: `broken: near chance (${figures}) although the colours do not hold up (${colours}), so it learned little; train it longer or raise its learning rate`,
      };
}
