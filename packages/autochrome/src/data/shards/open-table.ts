import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { basename, extname } from "node:path";
import { rgbToLab } from "../../color/index.ts";
import { IMAGE_EXTENSIONS, makeFolder, type PhotoFormat } from "../../image/index.ts";
import { judgePhoto } from "../scan.ts";
import { inOrder } from "./in-order.ts";
import {
  type PhotoFacts,
  photoFactsSchema,
  readTable,
  type ShardRecord,
  type ShardTable,
  tableBeside,
  tableWithin,
  writeTable,
} from "./shard-table.ts";
import { readAt, readMembers, type TarMember } from "./tar.ts";

/** Photos looked at ahead of the one whose turn it is. */
const AHEAD = 8;
/** What `pack` writes beside a photo is a few hundred bytes; other programs' texts may be longer. */
const MAX_JSON_BYTES = 64 * 1024;

export interface OpenTableOptions {
  /** Where a table goes that cannot be written beside its shard. */
  cacheFolder?: string;
  /** After each photo looked at, with how many bytes of the shard lie behind. */
  onPhoto?: (bytesBehind: number) => void;
}

/**
 * A shard's table: the one that `pack` or an earlier call left, or made now by looking at every photo, and then
 * kept beside the shard, or else in `cacheFolder`.
 *
 * @throws the file system's error when the shard is gone or cannot be read
 */
export async function openTable(shard: string, options: OpenTableOptions = {}): Promise<ShardTable> {
  const file = await open(shard, "r");
  try {
    const { size, mtimeMs } = await file.stat();
    const places = [tableBeside(shard)];
    if (options.cacheFolder !== undefined) places.push(tableWithin(options.cacheFolder, shard));
    for (const place of places) {
      const known = await readTable(place);
      if (known?.bytes === size && (known.mtimeMs === null || known.mtimeMs === mtimeMs)) return known;
    }
    const { records, damage } = await lookThrough(file, options);
    const table: ShardTable = { bytes: size, mtimeMs, sha256: null, damage, pack: null, records };
    await keep(table, places, options.cacheFolder);
    return table;
  } finally {
    await file.close();
  }
}

/** Writes a table where it can be; a table only saves time, so nowhere is no failure. */
async function keep(table: ShardTable, places: readonly string[], folder: string | undefined): Promise<void> {
  for (const [i, place] of places.entries()) {
    try {
      if (i > 0 && folder !== undefined) await makeFolder(folder);
      await writeTable(place, table);
      return;
    } catch {}
  }
}

async function lookThrough(
  file: FileHandle,
  options: OpenTableOptions,
): Promise<{ records: ShardRecord[]; damage: string | null }> {
  const members = membersWithFacts(file);
  let damage: string | null = null;
  const photos = async function* () {
    for (;;) {
      const next = await members.next();
      if (next.done) {
        damage = next.value;
        return;
      }
      yield next.value;
    }
  };
  const records: ShardRecord[] = [];
  for await (const record of inOrder(photos(), AHEAD, (photo) => examineMember(file, photo))) {
    records.push(record);
    options.onPhoto?.(record.offset + record.size);
  }
  return { records, damage };
}

interface PhotoMember extends TarMember {
  /** What the `.json` beside it says, where `pack` wrote it. */
  facts: PhotoFacts | null;
}

/** Photos, each with the text of the same key that follows it or went before. */
async function* membersWithFacts(file: FileHandle): AsyncGenerator<PhotoMember, string | null> {
  const members = readMembers(file);
  let photo: TarMember | null = null;
  let text: { key: string; facts: PhotoFacts | null } | null = null;
  for (;;) {
    const next = await members.next();
    const name = next.done ? "" : next.value.name;
    if (photo !== null && (next.done || keyOf(name) !== keyOf(photo.name) || isPhoto(name))) {
      yield { ...photo, facts: text?.key === keyOf(photo.name) ? text.facts : null };
      photo = null;
    }
    if (next.done) return next.value;
    if (isPhoto(name)) photo = next.value;
    else if (name.endsWith(".json")) text = { key: keyOf(name), facts: await readFacts(file, next.value) };
  }
}

/** In the WebDataset layout the name up to its first dot is the key and the rest says what the member is. */
export function keyOf(name: string): string {
  const file = basename(name);
  const dot = file.indexOf(".");
  return name.slice(0, name.length - file.length) + (dot < 0 ? file : file.slice(0, dot));
}

/** True for `key.jpg` and the like; not for `key.mask.png`, nor for hidden files. */
export function isPhoto(name: string): boolean {
  const file = basename(name);
  if (file.startsWith(".")) return false;
  return IMAGE_EXTENSIONS.has(extname(file).toLowerCase()) && file.indexOf(".") === file.lastIndexOf(".");
}

async function readFacts(file: FileHandle, member: TarMember): Promise<PhotoFacts | null> {
  if (member.size > MAX_JSON_BYTES) return null;
  try {
    const text = (await readAt(file, member.offset, member.size)).toString("utf8");
    return photoFactsSchema.parse(JSON.parse(text));
  } catch {
    // Other programs' texts say other things.
    return null;
  }
}

async function examineMember(file: FileHandle, { facts, ...member }: PhotoMember): Promise<ShardRecord> {
  if (facts !== null) return { ...member, ...facts };
  const bytes = await readAt(file, member.offset, member.size);
  try {
    return { ...member, ...(await factsOf(bytes)).facts };
  } catch (error) {
    return { ...member, corrupt: error instanceof Error ? error.message : String(error) };
  }
}

/** @throws AutochromeError when it does not decode */
export async function factsOf(bytes: Buffer): Promise<{ facts: PhotoFacts; format: PhotoFormat }> {
  const { width, height, format, colourfulness, rgb } = await judgePhoto(bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { facts: { width, height, sha256, colourfulness, chroma: meanOf(rgb) }, format };
}

function meanOf(rgb: Uint8Array): [number, number] {
  const lab = rgbToLab(rgb);
  let a = 0;
  let b = 0;
  for (let i = 0; i < lab.length; i += 3) {
    a += lab[i + 1]!;
    b += lab[i + 2]!;
  }
  const pixels = lab.length / 3;
  return [a / pixels, b / pixels];
}
