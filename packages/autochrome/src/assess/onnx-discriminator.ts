import { Tensor } from "onnxruntime-node";
import { rgbToExample, targetChannels } from "../data/index.ts";
import { AutochromeError } from "../errors.ts";
import type { Discriminate } from "../evaluation/index.ts";
import { type ModelMetadata, openSession, readModelFile, type SessionSettings } from "../inference/index.ts";

/** A discriminator in ONNX Runtime. */
export interface OnnxDiscriminator {
  metadata: ModelMetadata;
  judge: Discriminate;
  dispose(): Promise<void>;
}

/**
 * Opens a `discriminator.onnx`.
 *
 * @throws AutochromeError where it cannot be read, is damaged, or is no discriminator
 */
export async function openDiscriminator(
  path: string,
  options: SessionSettings = {},
): Promise<OnnxDiscriminator> {
  const file = await readModelFile(path);
  const { metadata } = file;
  if (metadata.role !== "discriminator") {
    throw new AutochromeError(`'${path}' is a ${metadata.role}: name the discriminator.onnx beside it.`, {
      code: "MODEL_ROLE",
    });
  }
  const session = await openSession(file, options);
  return {
    metadata,
    async judge(photo) {
      const { values, dims } = discriminatorInput(photo, metadata);
      const { output } = await session.run({ input: new Tensor("float32", values, dims) });
      return output!.data as Float32Array;
    },
    dispose: () => session.release(),
  };
}

/**
 * What the discriminator sees of a photo: luma and colour interleaved, as in training. Sides that are no whole
 * multiple lose what is over, half on either side; a side shorter than one multiple is mirrored.
 *
 * @returns values [height * width * c], c = 3 (L, a, b) or 4 (gray, R, G, B), with `dims` [1, height, width, c]
 */
export function discriminatorInput(
  photo: { readonly rgb: Uint8Array; readonly width: number; readonly height: number },
  { space, multiple }: Pick<ModelMetadata, "space" | "multiple">,
): { values: Float32Array; dims: number[] } {
  const pixels = photo.width * photo.height;
  const colours = targetChannels(space);
  const channels = 1 + colours;
  const luma = new Float32Array(pixels);
  const colour = new Float32Array(pixels * colours);
  rgbToExample(photo.rgb, space, luma, colour);
  const columns = fit(photo.width, multiple);
  const rows = fit(photo.height, multiple);
  const values = new Float32Array(rows.length * columns.length * channels);
  let to = 0;
  for (const y of rows) {
    for (const x of columns) {
      const from = y * photo.width + x;
      values[to++] = luma[from]!;
      for (let c = 0; c < colours; c++) values[to++] = colour[from * colours + c]!;
    }
  }
  return { values, dims: [1, rows.length, columns.length, channels] };
}

/** For each place of the fitted side, the pixel that stands there. */
function fit(length: number, multiple: number): Int32Array {
  const fitted = Math.max(multiple, length - (length % multiple));
  const first = (length - fitted) >> 1;
  return Int32Array.from({ length: fitted }, (_, i) => mirror(first + i, length));
}

/** Index inside `[0, length)`, mirrored at the first and last pixel. */
function mirror(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const inside = ((index % period) + period) % period;
  return inside < length ? inside : period - inside;
}
