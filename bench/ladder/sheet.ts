// A sheet to look at: two photos a row, each gray | painted | true.
import sharp from "sharp";

export interface SheetRow {
  width: number;
  height: number;
  /** Interleaved 8-bit sRGB. */
  pictures: readonly Uint8Array[];
}

const CELL = 260;
const GAP = 4;
const ACROSS = 2;

export async function writeSheet(path: string, photos: readonly SheetRow[]): Promise<void> {
  const pictures = photos[0]?.pictures.length ?? 0;
  const block = pictures * (CELL + GAP) + 3 * GAP;
  const layers = await Promise.all(
    photos.flatMap(({ width, height, pictures: own }, index) =>
      own.map(async (rgb, i) => ({
        input: await sharp(rgb, { raw: { width, height, channels: 3 } })
          .resize(CELL, CELL, { fit: "contain", background: "#fff" })
          .png()
          .toBuffer(),
        left: (index % ACROSS) * block + i * (CELL + GAP),
        top: Math.floor(index / ACROSS) * (CELL + GAP),
      })),
    ),
  );
  const height = Math.ceil(photos.length / ACROSS) * (CELL + GAP);
  await sharp({ create: { width: ACROSS * block, height, channels: 3, background: "#fff" } })
    .composite(layers)
    .jpeg({ quality: 90, chromaSubsampling: "4:4:4" })
    .toFile(path);
}
