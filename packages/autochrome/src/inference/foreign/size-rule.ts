import { type NetworkFrame, padToMultiples, planFrame } from "../../chroma/index.ts";
import { AutochromeError } from "../../errors.ts";
import { adapterError, type SizeRule } from "./adapter.ts";

/** Sides that a file's input has for good; null where it takes any. */
export interface FixedSides {
  width: number | null;
  height: number | null;
}

/** What stands around the photo in the network's input: mirrored, the edge repeated, or one L*. */
export type Padding = "reflect" | "edge" | number;

/**
 * The rule with the sides that the file has for good.
 *
 * @throws AutochromeError where a file with fixed sides is declared to take all
 */
export function settleSizeRule(rule: SizeRule, fixed: FixedSides, origin: string): SizeRule {
  const { width, height } = fixed;
  if (width === null && height === null) return rule;
  if (rule.rule === "short-side" || rule.rule === "long-side") {
    throw adapterError(
      `${origin}: size.rule '${rule.rule}' lets the sides differ from photo to photo, but the network's file takes ` +
        `${width ?? "any width"} x ${height ?? "any height"} only. Declare 'stretch' or 'letterbox'.`,
    );
  }
  return { ...rule, width: width ?? rule.width, height: height ?? rule.height };
}

/** The length that `--size` replaces: of the short side, or of the long one where that is what the rule sets. */
export function defaultSize(rule: SizeRule): number {
  return "length" in rule ? rule.length : Math.min(rule.width, rule.height);
}

/** How the photo's surroundings in the network's input are filled. */
export function paddingOf(rule: SizeRule): Padding {
  return rule.rule === "stretch" ? "reflect" : rule.pad;
}

/**
 * Where a photo lies in the network's input.
 *
 * @param size as {@link defaultSize}, or what the user wants instead
 * @throws AutochromeError (exit code 2) where the file's sides are fixed and `size` is another
 */
export function planForeignFrame(
  rule: SizeRule,
  width: number,
  height: number,
  size: number,
  fixed: FixedSides,
): NetworkFrame {
  if (rule.rule === "short-side") return planFrame(width, height, size, rule.multiple);
  if (rule.rule === "long-side") {
    const scale = Math.min(1, size / Math.max(width, height));
    return padToMultiples(Math.round(width * scale), Math.round(height * scale), rule.multiple);
  }
  const sides = boxSides(rule, size, fixed);
  if (rule.rule === "stretch") {
    return { ...sides, paddedWidth: sides.width, paddedHeight: sides.height, left: 0, top: 0 };
  }
  const scale = Math.min(sides.width / width, sides.height / height);
  const inner = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
  return {
    ...inner,
    paddedWidth: sides.width,
    paddedHeight: sides.height,
    left: (sides.width - inner.width) >> 1,
    top: (sides.height - inner.height) >> 1,
  };
}

function boxSides(
  rule: Extract<SizeRule, { width: number }>,
  size: number,
  fixed: FixedSides,
): { width: number; height: number } {
  const { width, height, multiple } = rule;
  const standard = Math.min(width, height);
  if (size === standard) return { width, height };
  if (fixed.width !== null || fixed.height !== null) {
    throw new AutochromeError(`this network takes ${width} x ${height} pixels only: leave the size out.`, {
      code: "USAGE",
      exitCode: 2,
    });
  }
  const scaled = (side: number) =>
    Math.max(multiple, Math.round((side * size) / standard / multiple) * multiple);
  return { width: scaled(width), height: scaled(height) };
}
