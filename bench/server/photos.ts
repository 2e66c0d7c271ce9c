import { copyFile, link, mkdir, readdir, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const SAMPLES = fileURLToPath(new URL("../../examples/photos/", import.meta.url));
const EXTENSIONS = new Set([".jpg", ".jpeg", ".png", ".webp", ".avif", ".tif", ".tiff"]);

/** Width and height of the photos that are made of the samples: 0.3 to 1 megapixel, upright and across. */
const SIZES = [
  [640, 480],
  [600, 800],
  [960, 720],
  [1000, 1000],
] as const;

/** Gray JPEGs of the samples in several sizes: 24 photos. */
export async function makePhotos(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const samples = (await readdir(SAMPLES)).filter((name) => name.endsWith(".jpg")).sort();
  const paths: string[] = [];
  for (const [width, height] of SIZES) {
    for (const sample of samples) {
      const path = join(folder, `${width}x${height}-${sample}`);
      const pipeline = sharp(join(SAMPLES, sample)).resize(width, height, { fit: "cover" }).grayscale();
      await writeFile(path, await pipeline.jpeg({ quality: 88 }).toBuffer());
      paths.push(path);
    }
  }
  return paths;
}

/** The photos of a folder. */
export async function findPhotos(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => EXTENSIONS.has(extname(name).toLowerCase())).sort();
  if (names.length === 0) throw new Error(`${folder} holds no photo.`);
  return names.map((name) => join(folder, name));
}

/** `count` files under one folder, the given ones over and over. */
export async function repeatPhotos(paths: readonly string[], count: number, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    const from = paths[i % paths.length]!;
    const to = join(folder, `${String(i).padStart(6, "0")}${extname(from)}`);
    await link(from, to).catch(() => copyFile(from, to));
  }
}
