import sharp, { type OverlayOptions } from "sharp";
import { heading } from "../../examples/sheet.ts";
import type { Picture } from "./age.ts";

/** All in pixels. */
const WIDTH = 420;
const HEADING_HEIGHT = 30;
const GAP = 8;
const MARGIN = 24;

/** Rows of pictures, each column of one width and under its heading. */
export async function drawRows(
  headings: readonly string[],
  rows: readonly (readonly Picture[])[],
): Promise<Buffer> {
  const layers: OverlayOptions[] = [];
  const leftOf = (column: number) => MARGIN + column * (WIDTH + GAP);
  for (const [column, word] of headings.entries()) {
    layers.push({ input: heading(word), left: leftOf(column), top: MARGIN });
  }
  let top = MARGIN + HEADING_HEIGHT;
  for (const row of rows) {
    const height = Math.round((WIDTH / row[0]!.width) * row[0]!.height);
    for (const [column, { width, height: own, rgb }] of row.entries()) {
      const picture = sharp(rgb, { raw: { width, height: own, channels: 3 } }).resize(WIDTH, height, {
        fit: "fill",
      });
      layers.push({ input: await picture.png().toBuffer(), left: leftOf(column), top });
    }
    top += height + GAP;
  }
  const width = leftOf(headings.length) - GAP + MARGIN;
  const sheet = sharp({ create: { width, height: top - GAP + MARGIN, channels: 3, background: "#fff" } });
  return sheet.composite(layers).jpeg({ quality: 86, chromaSubsampling: "4:4:4" }).toBuffer();
}
