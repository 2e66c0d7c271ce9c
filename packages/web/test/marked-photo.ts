import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { SAMPLES } from "./harness.ts";

export const MARK = "autochrome watches 7f3a9c51e2d8";
export const SIZE = { width: 300, height: 200 };

/**
 * Writes a photo that can be told from anything else that a browser may send.
 *
 * @returns its path, and byte strings that its transfer in any common form would hold
 */
export async function writeMarkedPhoto(folder: string): Promise<{ path: string; secrets: Buffer[] }> {
  const bytes = await sharp(join(SAMPLES, "tulips.jpg"))
    .resize(SIZE.width, SIZE.height)
    .withExif({ IFD0: { ImageDescription: MARK, Make: "Daguerre" } })
    .jpeg()
    .toBuffer();
  const path = join(folder, "grandmother at sea.jpg");
  await writeFile(path, bytes);
  return { path, secrets: [...formsOf(Buffer.from(MARK)), ...formsOf(bytes.subarray(-500, -400))] };
}

function formsOf(bytes: Buffer): Buffer[] {
  // Base64 depends on where in its threes a string begins; the outermost characters mix with the neighbours.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .slice(4, -4),
  );
  const text = [...base64, bytes.toString("hex"), encodeURIComponent(bytes.toString("latin1"))];
  return [bytes, ...text.map((form) => Buffer.from(form))];
}
