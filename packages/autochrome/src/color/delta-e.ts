const DEGREES = 180 / Math.PI;
const POW_25_7 = 25 ** 7;

function hueDegrees(a: number, b: number): number {
  if (a === 0 && b === 0) return 0;
  const hue = Math.atan2(b, a) * DEGREES;
  return hue < 0 ? hue + 360 : hue;
}

/**
 * CIEDE2000 colour difference (CIE 142-2001) with kL = kC = kH = 1, in the formulation and with the hue
 * conventions of Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes,
 * Supplementary Test Data, and Mathematical Observations" (2005).
 *
 * @returns the difference, 0 for equal colours; about 1 is just noticeable side by side
 */
export function deltaE2000(L1: number, a1: number, b1: number, L2: number, a2: number, b2: number): number {
  const meanC7 = ((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2) ** 7;
  const stretch = 1.5 - 0.5 * Math.sqrt(meanC7 / (meanC7 + POW_25_7));
  const c1 = Math.hypot(a1 * stretch, b1);
  const c2 = Math.hypot(a2 * stretch, b2);
  const h1 = hueDegrees(a1 * stretch, b1);
  const h2 = hueDegrees(a2 * stretch, b2);
  const hueless = c1 * c2 === 0;

  let turn = h2 - h1;
  if (hueless) turn = 0;
  else if (turn > 180) turn -= 360;
  else if (turn < -180) turn += 360;
  const dL = L2 - L1;
  const dC = c2 - c1;
  const dH = 2 * Math.sqrt(c1 * c2) * Math.sin(turn / 2 / DEGREES);

  let meanH = h1 + h2;
  if (!hueless) {
    if (Math.abs(h1 - h2) <= 180) meanH /= 2;
    else meanH = (meanH + (meanH < 360 ? 360 : -360)) / 2;
  }
  const meanL50 = ((L1 + L2) / 2 - 50) ** 2;
  const meanC = (c1 + c2) / 2;
  const t =
    1 -
    0.17 * Math.cos((meanH - 30) / DEGREES) +
    0.24 * Math.cos((2 * meanH) / DEGREES) +
    0.32 * Math.cos((3 * meanH + 6) / DEGREES) -
    0.2 * Math.cos((4 * meanH - 63) / DEGREES);
  const sL = 1 + (0.015 * meanL50) / Math.sqrt(20 + meanL50);
  const sC = 1 + 0.045 * meanC;
  const sH = 1 + 0.015 * meanC * t;
  const rotation = 30 * Math.exp(-(((meanH - 275) / 25) ** 2));
  const c7 = meanC ** 7;
  const rT = -2 * Math.sqrt(c7 / (c7 + POW_25_7)) * Math.sin((2 * rotation) / DEGREES);
  const l = dL / sL;
  const c = dC / sC;
  const h = dH / sH;
  return Math.sqrt(Math.max(0, l * l + c * c + h * h + rT * c * h));
}
