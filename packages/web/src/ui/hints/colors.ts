import { labToRgb, rgbToLab } from "autochrome/browser";

/** A colour to offer, by its chroma alone: its lightness is the photo's. */
export interface PaletteColor {
  name: string;
  a: number;
  b: number;
}

/** What is often wrong in old photos comes first; the rest goes round the hues. */
export const PALETTE: readonly PaletteColor[] = [
  { name: "skin", a: 14, b: 17 },
  { name: "tanned skin or wood", a: 15, b: 32 },
  { name: "lips", a: 40, b: 16 },
  { name: "blond hair or straw", a: 3, b: 40 },
  { name: "cream", a: 1, b: 12 },
  { name: "no colour", a: 0, b: 0 },
  { name: "sky", a: -7, b: -28 },
  { name: "water", a: -20, b: -14 },
  { name: "denim", a: 3, b: -30 },
  { name: "grass", a: -30, b: 42 },
  { name: "leaves", a: -18, b: 18 },
  { name: "brick", a: 32, b: 34 },
  { name: "red", a: 62, b: 42 },
  { name: "orange", a: 36, b: 64 },
  { name: "yellow", a: 0, b: 74 },
  { name: "green", a: -52, b: 38 },
  { name: "blue", a: 14, b: -60 },
  { name: "purple", a: 44, b: -44 },
  { name: "teal", a: -36, b: -6 },
  { name: "navy", a: 10, b: -38 },
  { name: "lilac", a: 18, b: -20 },
  { name: "pink", a: 48, b: -4 },
  { name: "rose", a: 26, b: 2 },
  { name: "burgundy", a: 44, b: 14 },
];

/** Colours are shown no darker and no lighter than this, L*: beyond it they cannot be told apart. */
const DARKEST = 42;
const LIGHTEST = 80;

/** `#rrggbb` of a palette colour as it would look at a lightness, L* in [0,100]. */
export function paletteHex({ a, b }: PaletteColor, lightness: number): string {
  const shown = Math.min(LIGHTEST, Math.max(DARKEST, lightness));
  return hexOf(labToRgb(Float32Array.of(shown, a, b), new Uint8Array(3)));
}

export function hexOf(rgb: ArrayLike<number>): string {
  return `#${Array.from({ length: 3 }, (_, k) => rgb[k]!.toString(16).padStart(2, "0")).join("")}`;
}

export function labOf(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  const [l, a, b] = rgbToLab(Uint8Array.of(value >> 16, (value >> 8) & 255, value & 255));
  return [l!, a!, b!];
}

/** Where each hue ends, in degrees of CIE Lab's hue. */
const HUES: readonly (readonly [number, string])[] = [
  [18, "pink"],
  [45, "red"],
  [76, "orange"],
  [108, "yellow"],
  [168, "green"],
  [222, "teal"],
  [312, "blue"],
  [334, "purple"],
  [360, "pink"],
];

/** A colour in words: "light blue", "dark brown", "gray". */
export function colorName(hex: string): string {
  const [l, a, b] = labOf(hex);
  const chroma = Math.hypot(a, b);
  const shade = l < 35 ? "dark " : l > 75 ? "light " : "";
  if (chroma < 6) return l > 93 ? "white" : l < 8 ? "black" : `${shade}gray`;
  const degrees = ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
  const hue = HUES.find(([end]) => degrees < end)![1];
  const pale = chroma < 18 ? "grayish " : "";
  if (degrees > 30 && degrees < 90 && chroma < 50) return l < 60 ? `${shade}brown` : "beige";
  return `${shade || pale}${hue}`;
}

/** L* of the place of a picture that is around `x`, `y` in [0,1]. */
export function lightnessAt(picture: ImageBitmap, x: number, y: number): number {
  const side = 5;
  const canvas = document.createElement("canvas");
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext("2d")!;
  const left = Math.min(
    Math.max(0, Math.round(x * picture.width - side / 2)),
    Math.max(0, picture.width - side),
  );
  const top = Math.min(
    Math.max(0, Math.round(y * picture.height - side / 2)),
    Math.max(0, picture.height - side),
  );
  context.drawImage(picture, left, top, side, side, 0, 0, 1, 1);
  const [l] = rgbToLab(Uint8Array.from(context.getImageData(0, 0, 1, 1).data.subarray(0, 3)));
  return l!;
}
