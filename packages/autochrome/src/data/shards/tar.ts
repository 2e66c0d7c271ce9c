import type { FileHandle } from "node:fs/promises";
import { Header, Pax } from "tar";

const BLOCK = 512;
/** Headers of small members come many at a time; bodies of photos are stepped over. */
const WINDOW_BYTES = 16 * 1024;
/** Long names and extended headers are short; a larger one is damage, not to be read into memory. */
const MAX_META_BYTES = 1 << 20;

export interface TarMember {
  /** As the archive has it, folders included. */
  name: string;
  /** Where its first byte stands in the archive. */
  offset: number;
  /** Bytes. */
  size: number;
}

/** The bytes that a member of `size` bytes takes in an archive, header and all. */
export function memberBytes(size: number): number {
  return BLOCK + paddedSize(size);
}

/** The bytes that a body of `size` bytes takes in an archive. */
export function paddedSize(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** The header of a member; the same for the same name and size, so that equal photos give equal archives. */
export function tarHeader(name: string, size: number): Buffer {
  const header = new Header({
    path: name,
    mode: 0o644,
    uid: 0,
    gid: 0,
    size,
    mtime: new Date(0),
    type: "File",
  });
  header.encode();
  if (header.needPax || !header.block)
    throw new RangeError(`no plain tar header holds ${name} (${size} bytes)`);
  return header.block;
}

/** What ends an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/**
 * The files of a tar archive in their order, by their headers alone. Names may be of any length (PAX and GNU
 * extensions); folders, links and other members are passed over.
 *
 * @returns the damage at which reading ended, in words, or null at the archive's regular end
 * @throws the file system's error
 */
export async function* readMembers(file: FileHandle): AsyncGenerator<TarMember, string | null> {
  const { size: end } = await file.stat();
  const reader = new WindowReader(file);
  let local: Pax | undefined;
  let global: Pax | undefined;
  let position = 0;
  let last = "its beginning";
  while (position + BLOCK <= end) {
    const header = new Header(await reader.read(position, BLOCK), 0, local, global);
    if (header.nullBlock) return null;
    const { size } = header;
    // `Header` puts the short name's folders before a long name too.
    const name = local?.path ?? header.path ?? "";
    if (!header.cksumValid || size === undefined || !Number.isSafeInteger(size)) {
      return `no valid header at byte ${position}, after ${last}`;
    }
    const offset = position + BLOCK;
    if (offset + size > end) return `cut off within ${name || "a member"}`;
    position = offset + paddedSize(size);
    switch (header.type) {
      case "ExtendedHeader":
      case "OldExtendedHeader":
      case "GlobalExtendedHeader":
      case "NextFileHasLongPath":
      case "OldGnuLongPath": {
        if (size > MAX_META_BYTES) return `an extended header of ${size} bytes at byte ${offset}`;
        const text = (await reader.read(offset, size)).toString("utf8");
        if (header.type === "GlobalExtendedHeader") global = Pax.parse(text, global, true);
        else if (header.type.endsWith("ExtendedHeader")) local = Pax.parse(text, local);
        else local = new Pax({ ...local, path: text.replace(/\0.*$/s, "") });
        break;
      }
      case "NextFileHasLongLinkpath":
        break;
      case "File":
      case "OldFile":
      case "ContiguousFile":
        local = undefined;
        last = name;
        yield { name, offset, size };
        break;
      default:
        local = undefined;
    }
  }
  return position > end || end === 0 ? `cut off after ${last}` : `no end mark after ${last}`;
}

/** Reads a file here and there with few system calls. */
class WindowReader {
  readonly #file: FileHandle;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async read(position: number, size: number): Promise<Buffer> {
    if (position < this.#start || position + size > this.#start + this.#window.length) {
      this.#window = await readAt(this.#file, position, Math.max(size, WINDOW_BYTES));
      this.#start = position;
    }
    return this.#window.subarray(position - this.#start, position - this.#start + size);
  }
}

/** Up to `size` bytes from `position` on; fewer where the file ends. */
export async function readAt(file: FileHandle, position: number, size: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read(buffer, filled, size - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
