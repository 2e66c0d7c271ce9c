import { rgbToLab } from "../../color/index.ts";
import type { Pixels } from "../pixels.ts";

/** Places of a photo that are looked at, along each side; each is the mean of up to `PATCH` x `PATCH` pixels. */
const GRID = 256;
const PATCH = 4;

/** Share of each side that is left out: borders of paper, of albums, of the scanner's lid. */
const MARGIN = 0.06;

/** Share of the places that lie below the black and above the white that are measured. */
const TAIL = 0.005;

/** Of L*, for the tint as a function of it. */
const BINS = 24;

/** How a photo's tones and colours lie; all in CIE Lab units. */
export interface ToneMeasure {
  /** L* that 0.5% of the photo lies below, and above. */
  black: number;
  white: number;
  /** Mean chroma of the tint: of the curve that the colours follow as a function of L*. */
  tint: number;
  /** Its hue in degrees, [-180, 180]: 90 is yellow, 60 a brown, -90 blue. */
  hue: number;
  /** Median and 95th percentile of the distances from that curve: small for a tinted monochrome, large for a colour photo. */
  spread: number;
  spreadTail: number;
}

/** Measures a photo at up to 256 x 256 places. */
export function measureTones(photo: Pixels): ToneMeasure {
  const lab = rgbToLab(samplePatches(photo));
  const n = lab.length / 3;
  const luma = Float32Array.from({ length: n }, (_, i) => lab[3 * i]).sort();
  const curve = tintCurve(lab);
  let tint = 0;
  let meanA = 0;
  let meanB = 0;
  const distances = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const [a, b] = curve(lab[3 * i]);
    tint += Math.hypot(a, b) / n;
    meanA += a / n;
    meanB += b / n;
    distances[i] = Math.hypot(lab[3 * i + 1] - a, lab[3 * i + 2] - b);
  }
  distances.sort();
  return {
    black: quantile(luma, TAIL),
    white: quantile(luma, 1 - TAIL),
    tint,
    hue: (Math.atan2(meanB, meanA) * 180) / Math.PI,
    spread: quantile(distances, 0.5),
    spreadTail: quantile(distances, 0.95),
  };
}

/** Means of patches on a grid inside the margins, 16 bit. */
function samplePatches({ rgb, width, height }: Pixels): Uint16Array {
  const scale = rgb instanceof Uint16Array ? 1 : 257;
  const columns = gridOf(width);
  const rows = gridOf(height);
  const out = new Uint16Array(columns.length * rows.length * 3);
  let to = 0;
  for (const top of rows) {
    for (const left of columns) {
      const bottom = Math.min(height, top + PATCH);
      const right = Math.min(width, left + PATCH);
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let y = top; y < bottom; y++) {
        for (let i = (y * width + left) * 3; i < (y * width + right) * 3; i += 3) {
          red += rgb[i];
          green += rgb[i + 1];
          blue += rgb[i + 2];
        }
      }
      const share = scale / ((bottom - top) * (right - left));
      out[to++] = Math.round(red * share);
      out[to++] = Math.round(green * share);
      out[to++] = Math.round(blue * share);
    }
  }
  return out;
}

function gridOf(length: number): number[] {
  const start = Math.floor(length * MARGIN);
  const end = length - start;
  const count = Math.max(1, Math.min(GRID, Math.ceil((end - start) / PATCH)));
  return Array.from({ length: count }, (_, k) => start + Math.floor((k * (end - start)) / count));
}

/** a*, b* as a function of L*: medians over bins of L*, lines between them. */
function tintCurve(lab: Float32Array): (luma: number) => [number, number] {
  const members: number[][] = Array.from({ length: BINS }, () => []);
  for (let i = 0; i < lab.length; i += 3) {
    members[Math.min(BINS - 1, Math.floor((lab[i] / 100) * BINS))].push(i);
  }
  const knots: { at: number; a: number; b: number }[] = [];
  for (const bin of members) {
    if (bin.length === 0) continue;
    const median = (channel: number) => quantile(Float32Array.from(bin, (i) => lab[i + channel]).sort(), 0.5);
    knots.push({ at: median(0), a: median(1), b: median(2) });
  }
  return (luma) => {
    let k = 1;
    while (k < knots.length - 1 && knots[k].at < luma) k++;
    const from = knots[k - 1];
    const to = knots[Math.min(k, knots.length - 1)];
    const span = to.at - from.at;
    const t = span > 0 ? Math.min(1, Math.max(0, (luma - from.at) / span)) : 0;
    return [from.a + (to.a - from.a) * t, from.b + (to.b - from.b) * t];
  };
}

function quantile(sorted: Float32Array, share: number): number {
  return sorted[Math.round((sorted.length - 1) * share)];
}
