/** Chroma that the networks call 1: sRGB's a* and b* lie inside [-108, 99]. */
export const AB_SCALE = 110;

/** L* in [0,100] to the networks' [-1,1]. */
export function normalizeLuma(luma: number): number {
  return luma / 50 - 1;
}

/** The networks' [-1,1] to L* in [0,100]. */
export function denormalizeLuma(value: number): number {
  return (value + 1) * 50;
}

/** a* or b* to the networks' scale, inside [-1,1] for every sRGB colour. */
export function normalizeChroma(ab: number): number {
  return ab / AB_SCALE;
}

/** The networks' [-1,1] to a* or b*. */
export function denormalizeChroma(value: number): number {
  return value * AB_SCALE;
}

/** {@link normalizeLuma} of a whole plane; `out` may be `luma` itself. */
export function normalizeLumaPlane(
  luma: Float32Array,
  out: Float32Array = new Float32Array(luma.length),
): Float32Array {
  for (let i = 0; i < luma.length; i++) out[i] = luma[i] / 50 - 1;
  return out;
}

/** {@link denormalizeChroma} of a whole plane; `out` may be `values` itself. */
export function denormalizeChromaPlane(
  values: Float32Array,
  out: Float32Array = new Float32Array(values.length),
): Float32Array {
  for (let i = 0; i < values.length; i++) out[i] = values[i] * AB_SCALE;
  return out;
}

/** {@link normalizeChroma} of a whole plane; `out` may be `ab` itself. */
export function normalizeChromaPlane(
  ab: Float32Array,
  out: Float32Array = new Float32Array(ab.length),
): Float32Array {
  for (let i = 0; i < ab.length; i++) out[i] = ab[i] / AB_SCALE;
  return out;
}

/** Y in [0,1] of L* (CIE 15:2004). */
export function relativeLuminance(luma: number): number {
  const f = (luma + 16) / 116;
  return f > 6 / 29 ? f * f * f : (f - 4 / 29) * (108 / 841);
}
