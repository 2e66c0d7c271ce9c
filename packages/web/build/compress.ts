import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** Not the networks: float weights shrink by 8% at best. */
const COMPRESSIBLE = /\.(css|html|js|json|mjs|svg|wasm|webmanifest)$/;
/** Above this, quality 5 takes a third of the time of quality 9 for 5% more, and the best six times as long. */
const LARGE_BYTES = 1 << 20;
/** Below this share of the original, a second copy is worth its room. */
const WORTH = 0.9;

/** Lays `<file>.br` and `<file>.gz` beside each file of a folder that they make smaller by a tenth or more. */
export async function compressFiles(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && COMPRESSIBLE.test(entry.name));
  await Promise.all(files.map((entry) => compressFile(join(entry.parentPath, entry.name))));
}

async function compressFile(path: string): Promise<void> {
  const bytes = await readFile(path);
  const quality = bytes.byteLength > LARGE_BYTES ? 5 : constants.BROTLI_MAX_QUALITY;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
  };
  const packed = {
    br: await promisify(brotliCompress)(bytes, { params }),
    gz: await promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
  };
  for (const [suffix, body] of Object.entries(packed)) {
    if (body.byteLength <= WORTH * bytes.byteLength) await writeFile(`${path}.${suffix}`, body);
  }
}
