/**
 * The signs of failure: what has to be seen for a monitor to trip, in numbers.
 *
 * @module
 */
import type { TrainConfig } from "../config/index.ts";
import type { AdversarialLossName } from "../losses.ts";
import { type Averages, hueConcentration } from "./averages.ts";

/** What can be seen in averages; non-finite values are seen at once and elsewhere. */
export type SignName = "discriminator wins" | "discriminator loses" | "sepia" | "garish" | "mode collapse";

/** Signs of ruined painting: a run in which they show holds no checkpoint worth going back to. */
export const RUIN: readonly SignName[] = ["mode collapse", "garish"];

export interface Sign {
  name: SignName;
  /** What was seen, in words with numbers. */
  message: string;
  /** What to try. */
  advice: string;
  /** The numbers behind it, with what they are compared to. */
  seen: Record<string, number>;
}

type GameConfig = Pick<TrainConfig, "adversarialLoss" | "labelSmoothing">;

/** Share of patches judged rightly above which the discriminator's verdict is no lesson any more. */
export const WON = 0.97;
/** Share of patches below which it may be guessing. */
export const GUESSING = 0.6;
/** Its loss, as a share of the loss of a constant guess, above which it knows nothing. */
export const UNINFORMED = 0.985;
/** Spread of painted chroma as a share of the real one's below which a painting is sepia. */
export const PALE = 0.2;
/** Hue concentration above which a painting is a wash of one hue, where real photos have at most the other. */
export const ONE_HUE = 0.97;
export const MANY_HUES = 0.85;
/** Spread as a share of the real one's above which colours have run away. */
export const GARISH = 3;
/** Variety as a share of the real one's below which all photos are painted alike. */
export const ALIKE = 0.1;

/** A generator's adversarial loss this high says that fakes are told with certainty: logits of about -10. */
const HOPELESS: Readonly<Record<AdversarialLossName, number>> = { bce: 10, lsgan: 25, hinge: 10 };

/** The discriminator's loss, halved, where it gives all patches the best constant logit. */
export function uninformedLoss({ adversarialLoss, labelSmoothing }: GameConfig): number {
  switch (adversarialLoss) {
    case "bce": {
      const p = labelSmoothing / 2;
      return -(p * Math.log(p) + (1 - p) * Math.log(1 - p));
    }
    case "lsgan":
      return labelSmoothing ** 2 / 4;
    case "hinge":
      return 1;
  }
}

/**
 * Painted photos' variety as a share of real ones'. Each side's is the standard deviation of mean chroma between
 * photos over the root of mean squared chroma, so that pale painting alone is no lack of variety, and stripes of
 * the same vivid colours on every photo are.
 */
export function varietyRatio({ painted, real }: Averages): number {
  const variety = (side: Averages["painted"]) => Math.sqrt(side.between / Math.max(side.power, 1e-12));
  return variety(painted) / Math.max(variety(real), 1e-6);
}

/** Spread of chroma within photos, painted over real. */
export function spreadRatio({ painted, real }: Averages): number {
  return Math.sqrt(painted.within / Math.max(real.within, 1e-12));
}

/** All signs that averages show, the most urgent first. */
export function signsOf(averages: Averages, config: GameConfig): Sign[] {
  const signs: Sign[] = [];
  const { realAccuracy, fakeAccuracy, adversarial, discriminator } = averages;
  const accuracy = (realAccuracy + fakeAccuracy) / 2;
  const spread = spreadRatio(averages);
  const variety = varietyRatio(averages);
  const hue = hueConcentration(averages.painted);
  const realHue = hueConcentration(averages.real);

  if (variety < ALIKE && averages.painted.level > 0.02 * averages.real.level) {
    signs.push({
      name: "mode collapse",
      message:
        `photos are painted alike: their mean colours differ ${percent(variety)} as much, for the colour there is, ` +
        `as the true photos' (spread within photos ${percent(spread)})`,
      advice:
        "turn spectralNormalization on, raise lambda or batchSize, lower both learning rates, or lengthen the L1 phase",
      seen: { variety, limit: ALIKE, spread, hueConcentration: hue, accuracy },
    });
  }
  const hopeless = accuracy > GUESSING && adversarial > HOPELESS[config.adversarialLoss];
  if (accuracy > WON || hopeless) {
    signs.push({
      name: "discriminator wins",
      message: hopeless
        ? `the discriminator is certain beyond use: the generator's adversarial loss is ${adversarial.toPrecision(3)}, ` +
          `and ${percent(accuracy)} of patches are judged rightly`
        : `the discriminator is right about ${percent(realAccuracy)} of real and ${percent(fakeAccuracy)} of painted ` +
          "patches: it teaches nothing more",
      advice:
        "lower discriminatorLearningRate, set labelSmoothing to 0.9 and spectralNormalization to true, or add noise " +
        "or augmentation to what it sees",
      seen: { realAccuracy, fakeAccuracy, limit: WON, adversarial },
    });
  }
  const uninformed = uninformedLoss(config);
  if (accuracy < GUESSING && discriminator > UNINFORMED * uninformed) {
    signs.push({
      name: "discriminator loses",
      message:
        `the discriminator guesses: ${percent(accuracy)} right, and its loss of ${discriminator.toFixed(3)} is no better ` +
        `than that of one answer for all (${uninformed.toFixed(3)})`,
      advice: "raise discriminatorLearningRate or discriminatorWidth, or lower generatorLearningRate",
      seen: { accuracy, limit: GUESSING, discriminator, uninformed, spread },
    });
  }
  const oneHue = hue > ONE_HUE && realHue < MANY_HUES;
  if (spread < PALE || (oneHue && spread < 1)) {
    signs.push({
      name: "sepia",
      message: oneHue
        ? `almost all colour is one hue (concentration ${hue.toFixed(2)}, true photos ${realHue.toFixed(2)}); chroma ` +
          `spreads ${percent(spread)} as far as theirs`
        : `painted chroma spreads ${percent(spread)} as far as the true photos'`,
      advice: "lower lambda, raise chromaWeight, or train longer with the adversarial loss",
      seen: { spread, limit: PALE, hueConcentration: hue, realHueConcentration: realHue },
    });
  }
  if (spread > GARISH) {
    signs.push({
      name: "garish",
      message: `painted chroma spreads ${percent(spread)} as far as the true photos': colours have run away`,
      advice: "raise lambda, lower generatorLearningRate, or turn spectralNormalization on",
      seen: { spread, limit: GARISH, adversarial },
    });
  }
  return signs;
}

function percent(value: number): string {
  return `${(100 * value).toFixed(value < 0.1 ? 1 : 0)}%`;
}
