/**
 * The demo's sheet: each photo gray, coloured and true, side by side under headings.
 *
 * @module
 */
import sharp, { type OverlayOptions } from "sharp";

/** Paths of one photo's three pictures, all of one size. */
export interface Triple {
  gray: string;
  colour: string;
  truth: string;
}

const HEADINGS = ["gray", "colour", "true"];

/** All in pixels. */
const SHEET_WIDTH = 1392;
const PHOTO_HEIGHT = 216;
const HEADING_HEIGHT = 26;
const GAP = 6;
const MARGIN = 24;

/** Draws the triples in their order, as many in a row as there is room for. */
export async function drawSheet(triples: readonly Triple[]): Promise<Buffer> {
  const layers: OverlayOptions[] = [];
  let left = MARGIN;
  let top = MARGIN;
  for (const { gray, colour, truth } of triples) {
    const { width, height } = await sharp(truth).metadata();
    const shownWidth = Math.round((width / height) * PHOTO_HEIGHT);
    if (left > MARGIN && left + 3 * shownWidth + 2 * GAP > SHEET_WIDTH - MARGIN) {
      left = MARGIN;
      top += HEADING_HEIGHT + PHOTO_HEIGHT + MARGIN;
    }
    for (const [i, path] of [gray, colour, truth].entries()) {
      const picture = sharp(path).toColourspace("srgb").resize(shownWidth, PHOTO_HEIGHT, { fit: "fill" });
      layers.push({ input: heading(HEADINGS[i]), left, top });
      layers.push({ input: await picture.png().toBuffer(), left, top: top + HEADING_HEIGHT });
      left += shownWidth + GAP;
    }
    left += MARGIN - GAP;
  }
  const height = top + HEADING_HEIGHT + PHOTO_HEIGHT + MARGIN;
  const sheet = sharp({ create: { width: SHEET_WIDTH, height, channels: 3, background: "#fff" } });
  return sheet.composite(layers).jpeg({ quality: 88, chromaSubsampling: "4:4:4" }).toBuffer();
}

/** The letters of the headings as strokes, 6 wide, between y = 4 and y = 12: no font need be installed. */
const LETTERS: Readonly<Record<string, string>> = {
  a: "M6 4V12M6 8A3 4 0 1 1 0 8A3 4 0 1 1 6 8",
  c: "M6 5.5A3.4 4 0 1 0 6 10.5",
  d: "M6 0V12M6 8A3 4 0 1 1 0 8A3 4 0 1 1 6 8",
  e: "M0 8H6A3 4 0 1 0 5.3 10.6",
  g: "M6 4V13A3 3 0 0 1 0.5 14M6 8A3 4 0 1 1 0 8A3 4 0 1 1 6 8",
  k: "M0 0V12M5.5 4L0 9M2 7.2L6 12",
  l: "M3 0V12",
  n: "M0 4V12M0 7.5A3 3.5 0 0 1 6 7.5V12",
  o: "M6 8A3 4 0 1 1 0 8A3 4 0 1 1 6 8",
  p: "M0 4V15M0 8A3 4 0 1 1 6 8A3 4 0 1 1 0 8",
  r: "M1 4V12M1 8A3.5 3.5 0 0 1 5.5 4.4",
  s: "M5.6 5.4A2.9 2 0 1 0 3 8A2.9 2 0 1 1 0.4 10.6",
  t: "M2.5 1V10A2 2 0 0 0 5.5 11.8M0.5 4H5.5",
  u: "M0 4V9A3 3 0 0 0 6 9M6 4V12",
  y: "M0 4L3 12M6 4L2 15",
};

/** A word of the letters above, 20 high. */
export function heading(word: string): Buffer {
  const strokes = [...word].map(
    (letter, i) => `<path transform="translate(${i * 9} 0)" d="${LETTERS[letter]}"/>`,
  );
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${word.length * 9 + 2}" height="20"><g transform="translate(1 2)" ` +
      `fill="none" stroke="#444" stroke-width="1.5" stroke-linecap="round">${strokes.join("")}</g></svg>`,
  );
}
