/** Samples of a binary PPM (P6) of 8 bits, row by row, RGB. */
export interface Ppm {
  data: Buffer;
  width: number;
  height: number;
}

/**
 * A binary PPM of 8 bits; null where the bytes are something else.
 *
 * @throws Error where it is cut short or has more than 8 bits
 */
export function parsePpm(file: Buffer): Ppm | null {
  if (file.toString("latin1", 0, 2) !== "P6") return null;
  // Any white space and comments may part the numbers; a single one ends them.
  const header = /^P6(?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)\s/.exec(
    file.toString("latin1", 0, 1024),
  );
  if (header === null) return null;
  const [width, height, maximum] = header.slice(1).map(Number) as [number, number, number];
  if (maximum !== 255) throw new Error(`a PPM with samples up to ${maximum}, not 255`);
  const data = file.subarray(header[0].length, header[0].length + width * height * 3);
  if (data.length < width * height * 3) throw new Error("a PPM that is cut short");
  return { data, width, height };
}
