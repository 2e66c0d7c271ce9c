// One run: trains, and keeps the curves, the alarms, the figures on held-out photos and some of what it paints.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { rgbToLab } from "../../packages/autochrome/src/color/index.ts";
import { AutochromeError } from "../../packages/autochrome/src/errors.ts";
import { scorePhotos, train } from "../../packages/autochrome/src/train.ts";
import { paintPhotos, type ValidationPhoto } from "../../packages/autochrome/src/training/index.ts";
import { readMonitors } from "../../packages/autochrome/src/training/monitors/index.ts";
import { type Arm, BASE, type Case } from "./cases.ts";

/** Steps of a curve's point. */
const EVERY = 5;
/** Of the sample photos, pixels: a multiple of what the networks need. */
const SIDE = 96;
const EXAMPLES = fileURLToPath(new URL("../../examples/photos/", import.meta.url));

export interface Curve {
  /** Steps made, those of a return counted again. */
  made: number[];
  variety: (number | null)[];
  spread: (number | null)[];
  accuracy: (number | null)[];
  adversarial: (number | null)[];
}

export interface ArmResult {
  case: string;
  arm: string;
  seed: number;
  ended: string;
  stepsMade: number;
  curve: Curve;
  /** The adversarial phase's first step. */
  adversarialAt: number | null;
  alarms: {
    made: number;
    step: number;
    monitor: string;
    message: string;
    action: string;
    wentBack: boolean;
  }[];
  /** On held-out photos at the end, by the averaged generator. */
  final: Record<string, number> | null;
}

export async function trainArm(
  subject: Case,
  arm: Arm,
  seed: number,
  paths: { photos: string; val: string; runs: string; results: string },
): Promise<ArmResult> {
  const name = `${subject.name}-${arm.name}-${seed}`;
  const run = join(paths.runs, name);
  await rm(run, { recursive: true, force: true });
  const config = { ...BASE, ...subject.settings, ...arm.settings, seed };
  const curve: Curve = { made: [], variety: [], spread: [], accuracy: [], adversarial: [] };
  const alarms: ArmResult["alarms"] = [];
  let made = 0;
  let adversarialAt: number | null = null;
  let final: ArmResult["final"] = null;
  const monitors = readMonitors({ batchSize: config.batchSize! });
  let ended = "done";
  try {
    const result = await train(
      { ...config, photos: [paths.photos], val: paths.val, run },
      {
        onStep: ({ losses, phase }) => {
          made++;
          if (phase === "adversarial") adversarialAt ??= made - 1;
          const seen = monitors.take(losses);
          if (made % EVERY !== 0) return;
          curve.made.push(made);
          curve.variety.push(rounded(seen.variety));
          curve.spread.push(rounded(seen.spread));
          curve.accuracy.push(phase === "l1" ? null : rounded(seen.accuracy));
          curve.adversarial.push(phase === "l1" ? null : rounded(seen.adversarial));
        },
        onMonitor: ({ step, monitor, message, action }) => {
          alarms.push({ made, step, monitor, message, action, wentBack: action.startsWith("went back") });
        },
      },
      {
        score: async (photos, painted, mean) => {
          const scored = await scorePhotos(photos, painted, mean);
          final = { ...scored.metrics, ...chromaFigures(photos, painted) };
          return scored;
        },
      },
    );
    ended = result.ended;
    const samples = await samplePhotos();
    await writeStrip(join(paths.results, `${name}.jpg`), await paintPhotos(result.generator, samples, "lab"));
    await writeStrip(
      join(paths.results, "photos.jpg"),
      samples.map(({ rgb }) => rgb),
    );
  } catch (error) {
    if (!(error instanceof AutochromeError) || error.code !== "NON_FINITE") throw error;
    ended = "failed";
  }
  return {
    case: subject.name,
    arm: arm.name,
    seed,
    ended,
    stepsMade: made,
    curve,
    adversarialAt,
    alarms,
    final,
  };
}

function rounded(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(4));
}

/** The monitors' two ratios on held-out photos: variety for the colour there is, and spread. */
function chromaFigures(photos: readonly ValidationPhoto[], painted: readonly Uint8Array[]) {
  const side = (pictures: readonly Uint8Array[]) => {
    const means: [number, number][] = [];
    let within = 0;
    let power = 0;
    for (const rgb of pictures) {
      const lab = rgbToLab(rgb);
      const count = lab.length / 3;
      let [a, b, square] = [0, 0, 0];
      for (let i = 0; i < lab.length; i += 3) {
        a += lab[i + 1]! / count;
        b += lab[i + 2]! / count;
        square += (lab[i + 1]! ** 2 + lab[i + 2]! ** 2) / count;
      }
      means.push([a, b]);
      power += square / pictures.length;
      within += (square - a * a - b * b) / pictures.length;
    }
    const middle = [0, 1].map((c) => means.reduce((sum, mean) => sum + mean[c]!, 0) / means.length);
    const between = means.reduce(
      (sum, [a, b]) => sum + ((a - middle[0]!) ** 2 + (b - middle[1]!) ** 2) / (means.length - 1),
      0,
    );
    return { within, relative: Math.sqrt(between / power) };
  };
  const [fake, real] = [side(painted), side(photos.map(({ rgb }) => rgb))];
  return { variety: fake.relative / real.relative, spread: Math.sqrt(fake.within / real.within) };
}

/** The project's own sample photos, central squares: pictures of others may not be shown. */
async function samplePhotos(): Promise<ValidationPhoto[]> {
  const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith(".jpg")).sort();
  return Promise.all(
    names.map(async (name) => {
      const rgb = await sharp(join(EXAMPLES, name)).resize(SIDE, SIDE).removeAlpha().raw().toBuffer();
      return { name, width: SIDE, height: SIDE, rgb: new Uint8Array(rgb) };
    }),
  );
}

async function writeStrip(path: string, pictures: readonly Uint8Array[]): Promise<void> {
  const layers = pictures.map((rgb, i) => ({
    input: Buffer.from(rgb),
    raw: { width: SIDE, height: SIDE, channels: 3 as const },
    left: i * SIDE,
    top: 0,
  }));
  await sharp({ create: { width: SIDE * pictures.length, height: SIDE, channels: 3, background: "white" } })
    .composite(layers)
    .jpeg({ quality: 92, chromaSubsampling: "4:4:4" })
    .toFile(path);
}
