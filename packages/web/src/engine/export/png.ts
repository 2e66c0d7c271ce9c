import { pngOf } from "autochrome/browser";
import type { FullPhoto } from "./encode.ts";

const STRIP_PIXELS = 1 << 20;

const PAETH = 4;

/** The predictor of PNG's filter 4: of left, above and upper left the one nearest to left + above - upper left. */
function paeth(left: number, above: number, corner: number): number {
  const byLeft = Math.abs(above - corner);
  const byAbove = Math.abs(left - corner);
  const byCorner = Math.abs(left + above - 2 * corner);
  if (byLeft <= byAbove && byLeft <= byCorner) return left;
  return byAbove <= byCorner ? above : corner;
}

/**
 * Rows as PNG compresses them: a byte that names the filter, then the samples less their prediction.
 *
 * @param channels 3 leaves the opacity out
 */
function filterRows(
  { width, rgba }: FullPhoto,
  from: number,
  to: number,
  channels: 3 | 4,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array((to - from) * (1 + width * channels));
  let at = 0;
  for (let y = from; y < to; y++) {
    out[at++] = PAETH;
    const row = y * width * 4;
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        const here = row + x * 4 + channel;
        const left = x > 0 ? rgba[here - 4]! : 0;
        const above = y > 0 ? rgba[here - width * 4]! : 0;
        const corner = x > 0 && y > 0 ? rgba[here - width * 4 - 4]! : 0;
        out[at++] = rgba[here]! - paeth(left, above, corner);
      }
    }
  }
  return out;
}

/** Encodes a photo as an 8-bit PNG, exactly; the opacity of one that is `opaque` is left out. */
export async function encodePng(photo: FullPhoto, opaque: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = photo;
  const channels = opaque ? 3 : 4;
  const stream = new CompressionStream("deflate");
  const compressed = new Response(stream.readable).arrayBuffer();
  // What fails shows on the writing side.
  compressed.catch(() => {});
  const writer = stream.writable.getWriter();
  const rows = Math.max(1, Math.floor(STRIP_PIXELS / width));
  for (let top = 0; top < height; top += rows) {
    await writer.write(filterRows(photo, top, Math.min(height, top + rows), channels));
  }
  await writer.close();
  return pngOf({ width, height, hasAlpha: !opaque }, new Uint8Array(await compressed));
}
