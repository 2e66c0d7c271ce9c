const START = Buffer.from([0xff, 0xd8, 0xff]);
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;

/** Markers that stand alone: TEM and the restarts. */
const isBare = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

/**
 * The JPEG files that lie as they are within other bytes, in order. Thumbnails in a JPEG's own EXIF do not count;
 * what breaks off is left out.
 */
export function embeddedJpegs(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let at = bytes.indexOf(START);
  while (at >= 0) {
    const end = jpegEnd(bytes, at);
    if (end !== null) found.push(bytes.subarray(at, end));
    at = bytes.indexOf(START, end ?? at + 1);
  }
  return found;
}

/** Offset behind the JPEG that starts at `start`, or null where its segments lead nowhere (ITU-T T.81, annex B). */
function jpegEnd(bytes: Buffer, start: number): number | null {
  let at = start + 2;
  while (at + 1 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    at += 2;
    if (marker === END_OF_IMAGE) return at;
    if (marker === 0xff) at -= 1;
    else if (!isBare(marker)) {
      if (at + 2 > bytes.length) return null;
      const length = bytes.readUInt16BE(at);
      if (marker === 0 || length < 2) return null;
      at += length;
      if (marker === START_OF_SCAN) at = scanEnd(bytes, at);
    }
  }
  return null;
}

/** Offset of the first marker behind entropy-coded bytes, in which 0xff is followed by 0 or a restart. */
function scanEnd(bytes: Buffer, start: number): number {
  let at = bytes.indexOf(0xff, start);
  while (at >= 0 && at + 1 < bytes.length) {
    const next = bytes[at + 1]!;
    if (next !== 0 && next !== 0xff && !isBare(next)) return at;
    at = bytes.indexOf(0xff, at + (next === 0xff ? 1 : 2));
  }
  return bytes.length;
}
