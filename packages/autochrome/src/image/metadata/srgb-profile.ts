import { type Bytes, concat, latin1, viewOf } from "./bytes.ts";

/*
 * Numbers of the profile, in units of 1/65536 (s15Fixed16): sRGB's primaries (IEC 61966-2-1) adapted from D65 to D50 by
 * Bradford's matrix, each row of the three rounded so that it sums to D50, white; the matrix itself; and the transfer
 * curve's exponent, 1/1.055, 0.055/1.055, 1/12.92 and 0.04045.
 */
const D50 = [63190, 65536, 54061];
const RED = [28576, 14581, 912];
const GREEN = [25239, 46983, 6361];
const BLUE = [9375, 3972, 46788];
const ADAPTATION = [68674, 1502, -3291, 1939, 64912, -1119, -606, 988, 49262];
const CURVE = [157286, 62119, 3417, 5072, 2651];

const HEADER_BYTES = 128;

function words(...values: number[]): Bytes {
  const out = new Uint8Array(values.length * 4);
  const view = viewOf(out);
  values.forEach((value, k) => {
    view.setInt32(4 * k, value);
  });
  return out;
}

/** A text in English, in UTF-16. */
function textElement(text: string): Bytes {
  const characters = new Uint8Array(text.length * 2);
  for (let k = 0; k < text.length; k++) viewOf(characters).setUint16(2 * k, text.charCodeAt(k));
  const padding = new Uint8Array((4 - (characters.length % 4)) % 4);
  const position = words(characters.length, 28);
  return concat([latin1("mluc"), words(0, 1, 12), latin1("enUS"), position, characters, padding]);
}

function xyz(values: number[]): Bytes {
  return concat([latin1("XYZ "), words(0, ...values)]);
}

/** An ICC profile of sRGB, for files whose original carried a profile (ICC.1:2010, version 4.2). */
export function srgbProfile(): Bytes {
  const curve = concat([latin1("para"), words(0, 3 << 16, ...CURVE)]);
  const tags: [string, Bytes][] = [
    ["desc", textElement("sRGB")],
    ["cprt", textElement("No copyright, use freely")],
    ["wtpt", xyz(D50)],
    ["chad", concat([latin1("sf32"), words(0, ...ADAPTATION)])],
    ["rXYZ", xyz(RED)],
    ["gXYZ", xyz(GREEN)],
    ["bXYZ", xyz(BLUE)],
    ["rTRC", curve],
    ["gTRC", curve],
    ["bTRC", curve],
  ];
  const elements = [...new Set(tags.map(([, element]) => element))];
  const tableBytes = 4 + 12 * tags.length;
  const offsetOf = (element: Bytes): number => {
    const before = elements.slice(0, elements.indexOf(element));
    return HEADER_BYTES + tableBytes + before.reduce((sum, { length }) => sum + length, 0);
  };
  const table = tags.map(([name, element]) =>
    concat([latin1(name), words(offsetOf(element), element.length)]),
  );
  const body = concat([words(tags.length), ...table, ...elements]);
  const header = new Uint8Array(HEADER_BYTES);
  header.set(words(HEADER_BYTES + body.length), 0);
  header.set([4, 0x20], 8);
  header.set(latin1("mntrRGB XYZ "), 12);
  // The date of creation: 1 January 2026.
  header.set([2026 >> 8, 2026 & 255, 0, 1, 0, 1], 24);
  header.set(latin1("acsp"), 36);
  header.set(words(...D50), 68);
  return concat([header, body]);
}
