/**
 * How chroma is best brought from the network's size to the photo's: true chroma is averaged down, enlarged again by
 * each method, and compared with what it was.
 *
 *   npx tsx --conditions=development bench/upsampling.ts <folder of photos> [photos]
 *
 * Prints the root mean square error of a*, b* over all photos, of all pixels and of the tenth where the true chroma
 * changes most ("edges"); once with the averages as they are, once blurred by a 3x3 box, which is nearer to what
 * networks give.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { boxMean, ChromaUpsampler, fitChroma } from "../packages/autochrome/src/chroma/guided-filter.ts";
import { rgbToLab } from "../packages/autochrome/src/color/index.ts";
import { decodeForTraining } from "../packages/autochrome/src/image/index.ts";

const FACTORS = [2, 4, 8, 16];
const EDGE_SHARE = 0.1;

interface Small {
  width: number;
  height: number;
  luma: Float32Array;
  /** Interleaved a*, b*. */
  chroma: Float32Array;
}

/** Enlarges the chroma to `width` x `height`; `luma` is the full-size L*. */
type Method = (small: Small, luma: Float32Array, width: number, height: number) => Float32Array;

function guided(radius: number, epsilon: number): Method {
  return (small, luma, width, height) => {
    const fit = fitChroma(small.luma, small.chroma, small.width, small.height, { radius, epsilon });
    const upsampler = new ChromaUpsampler(fit, width, height);
    const out = new Float32Array(width * height * 2);
    for (let y = 0; y < height; y++) {
      const row = luma.subarray(y * width, (y + 1) * width);
      upsampler.writeRow(y, row, out.subarray(y * width * 2, (y + 1) * width * 2), 1);
    }
    return out;
  };
}

/** Weights of four neighbours at `t` in [0,1) between the second and the third. */
type Kernel = (t: number) => readonly [number, number, number, number];
const linear: Kernel = (t) => [0, 1 - t, t, 0];
/** Catmull-Rom. */
const cubic: Kernel = (t) => [
  ((2 - t) * t - 1) * t * 0.5,
  ((3 * t - 5) * t * t + 2) * 0.5,
  ((4 - 3 * t) * t + 1) * t * 0.5,
  (t - 1) * t * t * 0.5,
];

function separable(kernel: Kernel): Method {
  return (small, _, width, height) => {
    const wide = new Float32Array(width * small.height * 2);
    resampleAxis(
      small.chroma,
      wide,
      kernel,
      small.width,
      width,
      small.height,
      2,
      small.width * 2,
      width * 2,
      2,
    );
    const out = new Float32Array(width * height * 2);
    resampleAxis(wide, out, kernel, small.height, height, width, width * 2, 2, 2, width * 2);
    return out;
  };
}

function resampleAxis(
  from: Float32Array,
  to: Float32Array,
  kernel: Kernel,
  samples: number,
  length: number,
  lines: number,
  step: number,
  fromLine: number,
  toLine: number,
  toStep: number,
): void {
  for (let k = 0; k < length; k++) {
    const at = ((k + 0.5) * samples) / length - 0.5;
    const base = Math.floor(at);
    const weights = kernel(at - base);
    for (let line = 0; line < lines; line++) {
      for (let c = 0; c < 2; c++) {
        let sum = 0;
        for (let n = 0; n < 4; n++) {
          const index = Math.min(samples - 1, Math.max(0, base - 1 + n));
          sum += weights[n]! * from[line * fromLine + index * step + c]!;
        }
        to[line * toLine + k * toStep + c] = sum;
      }
    }
  }
}

/** Kopf et al., "Joint bilateral upsampling", SIGGRAPH 2007: neighbours within `radius`, weighted by nearness in place and L*. */
function bilateral(radius: number, spatial: number, range: number): Method {
  return (small, luma, width, height) => {
    const out = new Float32Array(width * height * 2);
    for (let y = 0; y < height; y++) {
      const v = ((y + 0.5) * small.height) / height - 0.5;
      for (let x = 0; x < width; x++) {
        const u = ((x + 0.5) * small.width) / width - 0.5;
        let total = 1e-12;
        let a = 0;
        let b = 0;
        for (let j = Math.ceil(v - radius); j <= v + radius; j++) {
          for (let i = Math.ceil(u - radius); i <= u + radius; i++) {
            const k =
              Math.min(small.height - 1, Math.max(0, j)) * small.width +
              Math.min(small.width - 1, Math.max(0, i));
            const difference = (small.luma[k]! - luma[y * width + x]!) / range;
            const distance = ((i - u) ** 2 + (j - v) ** 2) / (spatial * spatial);
            const weight = Math.exp(-0.5 * (difference * difference + distance));
            total += weight;
            a += weight * small.chroma[2 * k]!;
            b += weight * small.chroma[2 * k + 1]!;
          }
        }
        out[2 * (y * width + x)] = a / total;
        out[2 * (y * width + x) + 1] = b / total;
      }
    }
    return out;
  };
}

const methods = new Map<string, Method>([
  ["bilinear", separable(linear)],
  ["bicubic", separable(cubic)],
  ...[1, 2].flatMap((radius) =>
    [25, 100, 400].map(
      (epsilon) => [`guided, radius ${radius}, epsilon ${epsilon}`, guided(radius, epsilon)] as const,
    ),
  ),
  ["joint bilateral", bilateral(1.5, 0.7, 10)],
]);

function shrink(
  { luma, chroma }: { luma: Float32Array; chroma: Float32Array },
  width: number,
  height: number,
  factor: number,
): Small {
  const w = width / factor;
  const h = height / factor;
  const small: Small = {
    width: w,
    height: h,
    luma: new Float32Array(w * h),
    chroma: new Float32Array(w * h * 2),
  };
  const share = 1 / (factor * factor);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * width + x;
      const to = Math.floor(y / factor) * w + Math.floor(x / factor);
      small.luma[to]! += luma[from]! * share;
      small.chroma[2 * to]! += chroma[2 * from]! * share;
      small.chroma[2 * to + 1]! += chroma[2 * from + 1]! * share;
    }
  }
  return small;
}

function boxBlurred(small: Small): Small {
  const chroma = new Float32Array(small.chroma.length);
  for (let c = 0; c < 2; c++) {
    const plane = boxMean(
      small.chroma.filter((_, i) => i % 2 === c),
      small.width,
      small.height,
      1,
    );
    for (let i = 0; i < plane.length; i++) chroma[2 * i + c] = plane[i]!;
  }
  return { ...small, chroma };
}

/** Marks the pixels whose chroma changes most. */
function edgesOf(chroma: Float32Array, width: number, height: number): Uint8Array {
  const change = new Float32Array(width * height);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      let sum = 0;
      for (let c = 0; c < 2; c++) {
        const i = 2 * (y * width + x) + c;
        sum +=
          (chroma[i + 2]! - chroma[i - 2]!) ** 2 + (chroma[i + 2 * width]! - chroma[i - 2 * width]!) ** 2;
      }
      change[y * width + x] = sum;
    }
  }
  const limit = change.slice().sort()[Math.floor(change.length * (1 - EDGE_SHARE))]!;
  return Uint8Array.from(change, (value) => (value > limit ? 1 : 0));
}

const [folder, count = "1000"] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: upsampling.ts <folder of photos> [photos]");
  process.exit(2);
}
/** Squared errors and their number: of all pixels, and of edges. */
const sums = new Map<string, [number, number, number, number]>();
const names = readdirSync(folder)
  .filter((name) => /\.(jpe?g|png)$/i.test(name))
  .slice(0, Number(count));
for (const name of names) {
  const photo = await decodeForTraining(join(folder, name));
  const width = photo.width - (photo.width % 16);
  const height = photo.height - (photo.height % 16);
  const lab = rgbToLab(photo.rgb);
  const luma = new Float32Array(width * height);
  const chroma = new Float32Array(width * height * 2);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (y * photo.width + x);
      const to = y * width + x;
      luma[to] = lab[from]!;
      chroma[2 * to] = lab[from + 1]!;
      chroma[2 * to + 1] = lab[from + 2]!;
    }
  }
  const edges = edgesOf(chroma, width, height);
  for (const factor of FACTORS) {
    const averaged = shrink({ luma, chroma }, width, height, factor);
    for (const [input, small] of [
      ["sharp", averaged],
      ["blurred", boxBlurred(averaged)],
    ] as const) {
      for (const [method, enlarge] of methods) {
        const enlarged = enlarge(small, luma, width, height);
        const key = `${method}/${input}/${factor}`;
        const sum = sums.get(key) ?? [0, 0, 0, 0];
        for (let i = 0; i < enlarged.length; i++) {
          const error = (enlarged[i]! - chroma[i]!) ** 2;
          sum[0] += error;
          sum[1]++;
          if (edges[i >> 1] === 1) {
            sum[2] += error;
            sum[3]++;
          }
        }
        sums.set(key, sum);
      }
    }
  }
}
for (const input of ["sharp", "blurred"]) {
  console.log(
    `\n| ${input}, all (edges) | ${FACTORS.join(" | ")} |\n| --- |${" ---: |".repeat(FACTORS.length)}`,
  );
  for (const method of methods.keys()) {
    const cells = FACTORS.map((factor) => {
      const [squares, n, edgeSquares, edgeN] = sums.get(`${method}/${input}/${factor}`)!;
      return `${Math.sqrt(squares / n).toFixed(2)} (${Math.sqrt(edgeSquares / edgeN).toFixed(2)})`;
    });
    console.log(`| ${method} | ${cells.join(" | ")} |`);
  }
}
