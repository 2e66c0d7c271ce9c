import { open } from "node:fs/promises";
import { exifOfTiff, type ReadAt } from "./metadata/index.ts";

async function blockOf(read: ReadAt): Promise<Buffer | null> {
  const exif = await exifOfTiff(read);
  return exif && Buffer.from(exif.buffer, exif.byteOffset, exif.byteLength);
}

/** What a TIFF file says in the tags that other formats keep in their EXIF block, as such a block. */
export async function readTiffExif(input: string | Buffer): Promise<Buffer | null> {
  if (typeof input !== "string") {
    return blockOf(async (offset, length) => input.subarray(offset, offset + length));
  }
  const file = await open(input, "r");
  try {
    return await blockOf(async (offset, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    });
  } finally {
    await file.close();
  }
}
