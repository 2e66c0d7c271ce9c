import { inflateSync } from "node:zlib";

const COMPRESSED = 1;
const DIRECTORY = 2;
const ZSTD = 4;
const NODE_OF_V1 = 14;
/** Versions 2 and 3 end a node with eight bytes of time. */
const NODE_OF_V2 = 22;

/**
 * A file of a Qt resource bundle (.rcc, "qres", versions 1 to 3, big-endian). The tree's nodes are: name (u32), flags
 * (u16), then for a folder count and first child (u32 each), for a file country and language (u16 each) and data
 * (u32). A name is its length (u16), hash (u32) and UTF-16; data are their size (u32) and bytes, where compressed
 * led by their full size (u32).
 *
 * @param path within the bundle, from its root (`/a/b.webp`)
 * @throws Error where the bytes are no such bundle, hold no such file or keep it compressed in another way than zlib
 */
export function readResource(bundle: Buffer, path: string): Buffer {
  try {
    return find(bundle, path);
  } catch (error) {
    throw error instanceof RangeError ? new Error("a bundle of Qt that is cut short") : error;
  }
}

/** As {@link readResource}; a RangeError where an offset leads out of the bundle. */
function find(bundle: Buffer, path: string): Buffer {
  if (bundle.length < 20 || bundle.toString("latin1", 0, 4) !== "qres") throw new Error("no bundle of Qt");
  const version = bundle.readUInt32BE(4);
  if (version < 1 || version > 3) throw new Error(`a bundle of Qt of the unknown version ${version}`);
  const [tree, data, names] = [8, 12, 16].map((at) => bundle.readUInt32BE(at)) as [number, number, number];
  const nodeSize = version === 1 ? NODE_OF_V1 : NODE_OF_V2;

  const nameOf = (node: number) => {
    const at = names + bundle.readUInt32BE(node);
    const characters = Array.from({ length: bundle.readUInt16BE(at) }, (_, i) =>
      bundle.readUInt16BE(at + 6 + 2 * i),
    );
    return String.fromCharCode(...characters);
  };
  const flagsOf = (node: number) => bundle.readUInt16BE(node + 4);

  let node = tree;
  for (const part of path.split("/").filter((part) => part !== "")) {
    if (!(flagsOf(node) & DIRECTORY)) throw new Error(`no ${path} in it`);
    const count = bundle.readUInt32BE(node + 6);
    const first = tree + bundle.readUInt32BE(node + 10) * nodeSize;
    const children = Array.from({ length: count }, (_, i) => first + i * nodeSize);
    const child = children.find((child) => nameOf(child) === part);
    if (child === undefined) throw new Error(`no ${path} in it`);
    node = child;
  }
  const flags = flagsOf(node);
  if (flags & DIRECTORY) throw new Error(`${path} is a folder in it`);
  if (flags & ZSTD) throw new Error(`${path} is compressed by zstd in it, which is not read here`);
  const at = data + bundle.readUInt32BE(node + 10);
  const size = bundle.readUInt32BE(at);
  const bytes = bundle.subarray(at + 4, at + 4 + size);
  if (bytes.length < size) throw new RangeError();
  return flags & COMPRESSED ? inflateSync(bytes.subarray(4)) : bytes;
}
