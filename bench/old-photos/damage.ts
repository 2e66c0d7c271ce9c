import type { Random } from "../../packages/autochrome/src/data/index.ts";
import type { Plane } from "./fields.ts";

/** Thin lines, nearly straight, light or dark: what scraped the print, and the negative. */
export function drawScratches(random: Random, tones: Plane, count: number): void {
  const { width, height } = tones;
  for (let k = 0; k < count; k++) {
    const steep = random.uniform() < 0.8;
    let x = width * random.uniform();
    let y = height * random.uniform();
    let angle = (steep ? Math.PI / 2 : 0) + random.between(-0.15, 0.15);
    const bend = random.between(-0.001, 0.001);
    const length = random.between(0.15, 0.8) * height;
    const light = random.uniform() < 0.7 ? 1 : 0;
    const depth = random.between(0.25, 0.8);
    const phase = 20 * random.uniform();
    for (let at = 0; at < length; at += 0.5) {
      x += Math.cos(angle) * 0.5;
      y += Math.sin(angle) * 0.5;
      angle += bend * 0.5;
      const pressure = 0.5 + 0.5 * Math.sin(at / 17 + phase) * Math.sin(at / 41 + phase);
      blend(tones, x, y, light, depth * pressure * 0.6);
    }
  }
}

/** Specks and short hairs. */
export function drawDust(random: Random, tones: Plane, count: number): void {
  const { width, height } = tones;
  for (let k = 0; k < count; k++) {
    const x = width * random.uniform();
    const y = height * random.uniform();
    const light = random.uniform() < 0.75 ? 0.97 : 0.08;
    if (random.uniform() < 0.85) {
      const radius = random.between(0.4, 1.6);
      for (let v = -2; v <= 2; v++) {
        for (let u = -2; u <= 2; u++) {
          const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(u, v)));
          blend(tones, x + u, y + v, light, cover * 0.85);
        }
      }
      continue;
    }
    let angle = 2 * Math.PI * random.uniform();
    const bend = random.between(-0.12, 0.12);
    const length = random.between(8, 28);
    for (let at = 0, u = x, v = y; at < length; at += 0.5) {
      u += Math.cos(angle) * 0.5;
      v += Math.sin(angle) * 0.5;
      angle += bend * 0.5;
      blend(tones, u, v, light, 0.4);
    }
  }
}

/** Moves the tones around a place, which may lie between pixels, towards `tone`. */
function blend({ width, height, values }: Plane, x: number, y: number, tone: number, share: number): void {
  const left = Math.floor(x);
  const top = Math.floor(y);
  for (const [u, wu] of [[left, left + 1 - x] as const, [left + 1, x - left] as const]) {
    for (const [v, wv] of [[top, top + 1 - y] as const, [top + 1, y - top] as const]) {
      if (u < 0 || v < 0 || u >= width || v >= height) continue;
      const i = v * width + u;
      values[i]! += (tone - values[i]!) * Math.min(1, share * wu * wv);
    }
  }
}
