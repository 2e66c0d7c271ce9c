import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { writePhoto } from "../test-photos.ts";
import { memberBytes, TAR_END, tarHeader } from "./tar.ts";

/** An archive as another program might have written it. */
export async function writeTar(
  path: string,
  members: readonly (readonly [string, Uint8Array | string])[],
): Promise<string> {
  const parts = members.flatMap(([name, content]) => {
    const data = Buffer.from(content);
    return [tarHeader(name, data.length), data, Buffer.alloc(memberBytes(data.length) - 512 - data.length)];
  });
  await writeFile(path, Buffer.concat([...parts, TAR_END]));
  return path;
}

/** Colourful JPEGs of 64x48, one a seed. */
export async function jpegs(folder: string, count: number, from = 0): Promise<Buffer[]> {
  const made: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    made.push(await readFile(await writePhoto(join(folder, `made-${from + i}.jpg`), 64, 48, from + i)));
  }
  return made;
}

export async function grayJpeg(side: number): Promise<Buffer> {
  return sharp({ create: { width: side, height: side, channels: 3, background: "#777" } })
    .jpeg()
    .toBuffer();
}
