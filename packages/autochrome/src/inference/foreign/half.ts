/**
 * IEEE 754 half precision, which JavaScript has no array of before Node 24: numbers as their 16 bits.
 *
 * @module
 */
const scratch = new DataView(new ArrayBuffer(4));

/** The 16 bits of the half nearest to each value; ties go to the even one, what is too large becomes infinite. */
export function encodeHalf(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, toHalf);
}

/** The values of halves given by their bits. */
export function decodeHalf(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, fromHalf);
}

function toHalf(value: number): number {
  scratch.setFloat32(0, value);
  const sign = (scratch.getUint8(0) & 0x80) << 8;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return sign | 0x7e00;
  // Halfway to the number after the largest, 65504: rounding to even goes up.
  if (size >= 65520) return sign | 0x7c00;
  // Halves are whole multiples of 2^-24 up to 2^-14, of twice as much up to 2^-13, and so on.
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const steps = roundToEven(size / 2 ** (exponent - 10));
  return sign | (size < 2 ** -14 ? steps : ((exponent + 14) << 10) + steps);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
