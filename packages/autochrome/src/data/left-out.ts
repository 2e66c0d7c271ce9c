import { AutochromeError } from "../errors.ts";

const EXAMPLES_PER_REASON = 5;

export type LeftOutReason = "unreadable" | "corrupt" | "too small" | "near gray" | "duplicate";

export interface LeftOut {
  count: number;
  /** The first few, in the order of the list. */
  examples: { path: string; detail: string }[];
}

/** What a scan has found of a source, whatever holds the photos. */
export interface ScanOutcome {
  /** How many photos were looked at. */
  found: number;
  /** Those fit for training. */
  photos: { readonly length: number };
  leftOut: Record<LeftOutReason, LeftOut>;
}

/** Photos left out, counted by reason. */
export class LeftOutTally {
  readonly reasons: Record<LeftOutReason, LeftOut>;

  /** @param reasons what was counted before, where there is something */
  constructor(reasons?: Record<LeftOutReason, LeftOut>) {
    this.reasons = reasons ?? {
      unreadable: { count: 0, examples: [] },
      corrupt: { count: 0, examples: [] },
      "too small": { count: 0, examples: [] },
      "near gray": { count: 0, examples: [] },
      duplicate: { count: 0, examples: [] },
    };
  }

  add(reason: LeftOutReason, path: string, detail: string): void {
    const entry = this.reasons[reason];
    entry.count++;
    if (entry.examples.length < EXAMPLES_PER_REASON) entry.examples.push({ path, detail });
  }
}

/** What decides about a photo that decodes. */
export interface Judged {
  /** Pixels, upright. */
  width: number;
  height: number;
  /** Hasler-Süsstrunk 2003, on the 8-bit scale. */
  colourfulness: number;
}

export interface FitnessLimits {
  /** Smallest short side, pixels. */
  cropSize: number;
  minColourfulness: number;
}

/** Why a photo that decodes is left out, or null where it is fit. */
export function unfitness(
  photo: Judged,
  limits: FitnessLimits,
): { leftOut: LeftOutReason; detail: string } | null {
  const { width, height, colourfulness } = photo;
  const { cropSize, minColourfulness } = limits;
  if (Math.min(width, height) < cropSize) {
    return { leftOut: "too small", detail: `${width}x${height}, needs ${cropSize}` };
  }
  if (colourfulness < minColourfulness) {
    return {
      leftOut: "near gray",
      detail: `colourfulness ${colourfulness.toFixed(1)} < ${minColourfulness}`,
    };
  }
  return null;
}

const REMEDIES: Record<LeftOutReason, string> = {
  unreadable: "mend the paths or permissions",
  corrupt: "fetch the damaged files anew",
  "too small": "give larger photos or a smaller --crop-size",
  "near gray": "give colour photos",
  duplicate: "give more different photos",
};

/** The outcome in words: `579 photos of 600; left out: 12 near gray, 9 too small`. */
export function summarizeScan(outcome: ScanOutcome): string {
  const reasons = Object.entries(outcome.leftOut)
    .filter(([, { count }]) => count > 0)
    .map(([reason, { count }]) => `${count} ${reason}`);
  const { length } = outcome.photos;
  const kept = `${length} photo${length === 1 ? "" : "s"} of ${outcome.found}`;
  return reasons.length === 0 ? kept : `${kept}; left out: ${reasons.join(", ")}`;
}

/** @throws AutochromeError with the main reason and its remedy when fewer than `minimum` photos remain */
export function requireEnough(outcome: ScanOutcome, minimum: number): void {
  if (outcome.photos.length >= minimum) return;
  const worst = (Object.keys(REMEDIES) as LeftOutReason[]).reduce((x, y) =>
    outcome.leftOut[y].count > outcome.leftOut[x].count ? y : x,
  );
  const { count, examples } = outcome.leftOut[worst];
  const example = examples[0] ? ` (for example ${examples[0].path}: ${examples[0].detail})` : "";
  const remedy = count > 0 ? REMEDIES[worst] : "give more photos";
  throw new AutochromeError(
    `Too few photos to go on: ${summarizeScan(outcome)}, but ${minimum} needed. To mend it, ${remedy}${example}.`,
    { code: "TOO_FEW_PHOTOS" },
  );
}
