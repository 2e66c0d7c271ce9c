import { rgbToLab } from "../../color/index.ts";
import type { Hint } from "../hint.ts";

/** A hint on a grid of pixels. */
export interface PlacedHint {
  column: number;
  row: number;
  a: number;
  b: number;
}

/** a*, b* of `#rrggbb`. */
export function chromaOfColor(color: string): { a: number; b: number } {
  const value = Number.parseInt(color.slice(1), 16);
  const [, a, b] = rgbToLab(Uint8Array.of(value >> 16, value >> 8, value));
  return { a, b };
}

/**
 * Hints on a photo that is shown in `width` x `height` pixels. Of several hints on one pixel the last counts: it is
 * what its author saw.
 */
export function placeHints(hints: readonly Hint[], width: number, height: number): PlacedHint[] {
  const placed = new Map<number, PlacedHint>();
  for (const { x, y, color } of hints) {
    const column = Math.min(width - 1, Math.floor(x * width));
    const row = Math.min(height - 1, Math.floor(y * height));
    placed.delete(row * width + column);
    placed.set(row * width + column, { column, row, ...chromaOfColor(color) });
  }
  return [...placed.values()];
}
