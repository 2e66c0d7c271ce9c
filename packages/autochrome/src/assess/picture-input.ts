import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import sharp from "sharp";
import { z } from "zod";
import { AutochromeError } from "../errors.ts";
import type { Picture } from "../evaluation/index.ts";
import { readError } from "../image/index.ts";

const triple = z.array(z.number()).length(3);

const schema = z.strictObject({
  /** What the network is: only "inception-v3" gives a FID, and only "lpips" an LPIPS. */
  network: z.enum(["inception-v3", "lpips"]).nullable().default(null),
  /** Side that pictures are resized to, in pixels, squeezed as need be; null leaves them as they are. */
  size: z.number().int().min(1).max(4096).nullable(),
  /** What black and white become. */
  range: z.tuple([z.number(), z.number()]),
  /** Taken off and divided by after that, per channel, in the network's order. */
  mean: triple.default([0, 0, 0]),
  std: triple.refine((values) => values.every((value) => value !== 0), "must not be 0").default([1, 1, 1]),
  order: z.enum(["rgb", "bgr"]).default("rgb"),
  /** Absent: as the file's shapes say. */
  layout: z.enum(["nchw", "nhwc"]).optional(),
});

/** How a network wants its pictures: the JSON file beside it. */
export type PictureSettings = z.infer<typeof schema>;

/**
 * Reads the `.json` beside an `.onnx` file.
 *
 * @param defaults for what it leaves out, and for all of it where there is none
 * @throws AutochromeError where it is damaged, or a key is unknown or out of range
 */
export async function readPictureSettings(
  path: string,
  defaults: Pick<PictureSettings, "size" | "range">,
): Promise<PictureSettings> {
  const beside = `${path.slice(0, path.length - extname(path).length)}.json`;
  if (!existsSync(beside)) return schema.parse(defaults);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(beside, "utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw readError(beside, error);
    throw wrongSettings(beside, error.message);
  }
  const parsed = schema.safeParse(
    value !== null && typeof value === "object" && !Array.isArray(value) ? { ...defaults, ...value } : value,
  );
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
  throw wrongSettings(beside, `${where}${issue.message}`);
}

function wrongSettings(path: string, reason: string): AutochromeError {
  return new AutochromeError(
    `${path} does not describe the network beside it (${reason}): see docs/evaluation.md.`,
    { code: "BAD_SETTINGS" },
  );
}

/**
 * Where the channels lie: as declared, else as the file's shapes say.
 *
 * @throws AutochromeError where neither tells, or the input takes no pictures
 */
export function layoutOf(
  session: InferenceSession,
  input: number,
  settings: PictureSettings,
  path: string,
): { layout: "nchw" | "nhwc"; type: "float32" | "uint8" } {
  const metadata = session.inputMetadata[input];
  const fail = (reason: string): AutochromeError =>
    new AutochromeError(
      `'${path}' ${reason}. Its input must be a batch of RGB pictures, float32 or uint8, [n, 3, h, w] or [n, h, w, 3].`,
      { code: "MODEL_FOREIGN" },
    );
  if (!metadata?.isTensor || metadata.shape.length !== 4) throw fail("takes no pictures");
  const { type, shape } = metadata;
  if (type !== "float32" && type !== "uint8") throw fail(`takes ${type}`);
  const first = shape[1] === 3;
  const last = shape[3] === 3;
  if (settings.layout !== undefined) return { layout: settings.layout, type };
  if (first === last)
    throw fail(`does not say where its channels lie: declare "layout" in the .json beside it`);
  return { layout: first ? "nchw" : "nhwc", type };
}

/** A picture as the network wants it, `[1, 3, h, w]` or `[1, h, w, 3]`. */
export async function pictureTensor(
  { rgb, width, height }: Picture,
  { size, range, mean, std, order }: PictureSettings,
  { layout, type }: ReturnType<typeof layoutOf>,
): Promise<Tensor> {
  let pixels: Uint8Array = rgb;
  if (size !== null && (size !== width || size !== height)) {
    pixels = await sharp(rgb, { raw: { width, height, channels: 3 } })
      .resize(size, size, { fit: "fill", kernel: "cubic" })
      .raw()
      .toBuffer();
  }
  const [w, h] = size === null ? [width, height] : [size, size];
  const plane = w * h;
  const values = type === "uint8" ? new Uint8Array(plane * 3) : new Float32Array(plane * 3);
  for (let channel = 0; channel < 3; channel++) {
    const from = order === "rgb" ? channel : 2 - channel;
    for (let i = 0; i < plane; i++) {
      const level = pixels[i * 3 + from];
      const to = layout === "nchw" ? channel * plane + i : i * 3 + channel;
      // A network of bytes takes them as they are.
      values[to] =
        type === "uint8"
          ? level
          : (range[0] + (level / 255) * (range[1] - range[0]) - mean[channel]) / std[channel];
    }
  }
  const dims = layout === "nchw" ? [1, 3, h, w] : [1, h, w, 3];
  return values instanceof Uint8Array
    ? new Tensor("uint8", values, dims)
    : new Tensor("float32", values, dims);
}

/** The name that a distance goes by: its own only where the network is declared to be the published one. */
export function labelOf(
  { network }: PictureSettings,
  published: NonNullable<PictureSettings["network"]>,
  names: { own: string; other: string },
  path: string,
): string {
  return network === published ? names.own : `${names.other} (${basename(path)})`;
}
