import { combineLumaChroma, deltaE2000 } from "../../color/index.ts";
import type { Prediction } from "../prediction.ts";
import { COMMON_COLORS } from "./common-colors.ts";
import { chromaOfColor } from "./place.ts";

export interface ColorSuggestion {
  /** `#rrggbb`, at the lightness of the photo there. */
  color: string;
  /** Why it is offered: "predicted", "livelier", "seen otherwise", "elsewhere in the photo", "common". */
  reason: string;
}

/** Suggestions at most. */
const MOST = 6;
/** ΔE2000 from which colours are offered as two. */
const APART = 8;
/** ΔE2000 within which a colour speaks for another. */
const NEAR = 10;
/** Factors on the network's own chroma that make it livelier. */
const LIVELIER = [1.6, 2.4];
/** L* of the pixels elsewhere that are looked at differs by at most this. */
const SIMILAR = 8;
/** Colours that are taken from elsewhere. */
const ELSEWHERE = 60;
/**
 * How much each source counts, a share of 1 each.
 */
const TRUST = { predicted: 0.15, livelier: 0.15, otherwise: 0.2, elsewhere: 0.15, common: 0.35 };

interface Candidate {
  a: number;
  b: number;
  weight: number;
  reason: string;
}

/**
 * Colours that are plausible at a place of a photo, best first: the network's answer, then those around which the most of
 * its other answers, of livelier ones, of its colours elsewhere at similar lightness and of the colours common in photos
 * at that lightness lie.
 *
 * @param predictions the network's answer, then what `predictVariants` gives; the sizes may differ
 * @param x across the photo, in [0,1]; `y` down
 * @returns 1 to 6 colours, further apart than ΔE2000 of 8, each as sRGB can show it
 */
export function suggestColors(
  predictions: readonly [Prediction, ...Prediction[]],
  x: number,
  y: number,
): ColorSuggestion[] {
  const [first, ...others] = predictions;
  const { luma, a, b } = meanAt(first, x, y);
  const candidates: Candidate[] = [{ a, b, weight: TRUST.predicted, reason: "predicted" }];
  const add = (
    reason: string,
    trust: number,
    list: readonly (readonly [a: number, b: number, share: number])[],
  ) => {
    const total = list.reduce((sum, [, , share]) => sum + share, 0);
    for (const [a, b, share] of list) candidates.push({ a, b, weight: (trust * share) / total, reason });
  };
  const otherwise = others.map((prediction) => meanAt(prediction, x, y));
  add(
    "seen otherwise",
    TRUST.otherwise,
    otherwise.map(({ a, b }) => [a, b, 1]),
  );
  const mean = [a, b].map(
    (own, k) => otherwise.reduce((sum, o) => sum + (k === 0 ? o.a : o.b), own) / (1 + otherwise.length),
  );
  add(
    "livelier",
    TRUST.livelier,
    LIVELIER.flatMap(
      (factor) =>
        [
          [factor * a, factor * b, 1],
          [factor * mean[0], factor * mean[1], 1],
        ] as const,
    ),
  );
  add("elsewhere in the photo", TRUST.elsewhere, similarPixels(first, luma));
  add(
    "common",
    TRUST.common,
    COMMON_COLORS[Math.min(COMMON_COLORS.length - 1, Math.floor((luma / 100) * COMMON_COLORS.length))],
  );
  const shown = candidates.map((candidate) => ({ ...candidate, ...show(luma, candidate) }));
  return pick(luma, shown).map(({ color, reason }) => ({ color, reason }));
}

/** The first, then greedily those that speak for the most weight that none speaks for yet. */
function pick<T extends Candidate>(luma: number, candidates: readonly T[]): T[] {
  const distance = (p: Candidate, q: Candidate) => deltaE2000(luma, p.a, p.b, luma, q.a, q.b);
  const picked: T[] = [];
  let open = [...candidates];
  let unspoken = [...candidates];
  while (open.length > 0 && picked.length < MOST) {
    let best = open[0];
    let most = -1;
    for (const candidate of picked.length === 0 ? open.slice(0, 1) : open) {
      let mass = 0;
      for (const other of unspoken) if (distance(candidate, other) < NEAR) mass += other.weight;
      if (mass > most) [best, most] = [candidate, mass];
    }
    picked.push(best);
    unspoken = unspoken.filter((other) => distance(best, other) >= NEAR);
    open = open.filter((other) => distance(best, other) > APART);
  }
  return picked;
}

/** Luma and chroma of the 3 x 3 pixels around a place. */
function meanAt({ width, height, luma, chroma }: Prediction, x: number, y: number) {
  const column = Math.min(width - 1, Math.floor(x * width));
  const row = Math.min(height - 1, Math.floor(y * height));
  const sum = { luma: 0, a: 0, b: 0 };
  let count = 0;
  for (let v = Math.max(0, row - 1); v <= Math.min(height - 1, row + 1); v++) {
    for (let u = Math.max(0, column - 1); u <= Math.min(width - 1, column + 1); u++) {
      const i = v * width + u;
      sum.luma += luma[i];
      sum.a += chroma[2 * i];
      sum.b += chroma[2 * i + 1];
      count++;
    }
  }
  return { luma: sum.luma / count, a: sum.a / count, b: sum.b / count };
}

/** Chroma of pixels of similar luma, evenly from all over the picture. */
function similarPixels({ luma: plane, chroma }: Prediction, luma: number): [number, number, number][] {
  const similar: number[] = [];
  for (let i = 0; i < plane.length; i++) if (Math.abs(plane[i] - luma) <= SIMILAR) similar.push(i);
  const step = Math.max(1, similar.length / ELSEWHERE);
  const list: [number, number, number][] = [];
  for (let k = 0; k < similar.length; k += step) {
    const i = similar[Math.floor(k)];
    list.push([chroma[2 * i], chroma[2 * i + 1], 1]);
  }
  return list;
}

/** A colour in sRGB at the given luma, and the chroma that is left of it there. */
function show(luma: number, { a, b }: Candidate): { color: string; a: number; b: number } {
  const rgb = combineLumaChroma(Float32Array.of(luma), Float32Array.of(a, b), new Uint8Array(3));
  const color = `#${[...rgb].map((level) => level.toString(16).padStart(2, "0")).join("")}`;
  return { color, ...chromaOfColor(color) };
}
