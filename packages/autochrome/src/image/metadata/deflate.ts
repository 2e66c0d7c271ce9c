/** What zlib does, by the stream classes that browsers and Node share. */
import { type Bytes, concat } from "./bytes.ts";

/** What is longer when inflated is taken for a file made to fill memory. */
const MAX_INFLATED_BYTES = 16 << 20;

async function pass(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
  limit: number,
): Promise<Bytes | null> {
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // Errors show on the reading side.
  const writing = writer.write(Uint8Array.from(bytes)).then(() => writer.close());
  writing.catch(() => {});
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concat(parts);
    parts.push(value);
    total += value.length;
    if (total > limit) {
      await reader.cancel();
      return null;
    }
  }
}

/** zlib-compressed bytes. */
export async function deflate(bytes: Uint8Array): Promise<Bytes> {
  return (await pass(bytes, new CompressionStream("deflate"), Number.POSITIVE_INFINITY)) as Bytes;
}

/** The content of zlib-compressed bytes; null where they are damaged, or hold more than any metadata does. */
export async function inflate(bytes: Uint8Array): Promise<Bytes | null> {
  try {
    return await pass(bytes, new DecompressionStream("deflate"), MAX_INFLATED_BYTES);
  } catch {
    return null;
  }
}
