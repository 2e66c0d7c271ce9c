/**
 * The safetensors format, float32 only: 8 bytes of header length (little-endian), a JSON header, raw data.
 *
 * @module
 */
import { open } from "node:fs/promises";
import { endianness } from "node:os";
import { AutochromeError } from "../errors.ts";
import { readError, writeError } from "../image/index.ts";

/** One tensor to write. Its values are asked for when their turn comes, so that few are in memory at once. */
export interface TensorSource {
  name: string;
  shape: readonly number[];
  /** Row-major. */
  read(): Promise<Float32Array>;
}

export interface StoredTensor {
  shape: number[];
  data: Float32Array;
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const BYTES = Float32Array.BYTES_PER_ELEMENT;
/** The reference implementation's own limit. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Writes tensors to a new file and syncs it to the disk.
 *
 * @param metadata free text by name, as the format allows
 * @throws AutochromeError when the file exists already or cannot be written
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  requireLittleEndian();
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, shape } of tensors) {
    if (Object.hasOwn(header, name)) throw new Error(`Two tensors are named '${name}'.`);
    const end = offset + sizeOf(shape) * BYTES;
    header[name] = { dtype: "F32", shape, data_offsets: [offset, end] } satisfies Omit<
      HeaderEntry,
      "shape"
    > & {
      shape: readonly number[];
    };
    offset = end;
  }
  const text = Buffer.from(JSON.stringify(header));
  // Spaces, so that the data starts at a multiple of 8.
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, " ");
  text.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));

  try {
    const file = await open(path, "wx");
    try {
      await file.writeFile(Buffer.concat([length, padded]));
      for (const { name, shape, read } of tensors) {
        const data = await read();
        if (data.length !== sizeOf(shape)) throw new Error(`'${name}' does not fit its shape [${shape}].`);
        await file.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw diskError(path, error);
  }
}

/** `writeError` for what the system refused; anything else, such as a failing `read`, stays itself. */
export function diskError(path: string, error: unknown): unknown {
  const refused = error instanceof Error && "code" in error && "errno" in error;
  return refused ? writeError(path, error) : error;
}

/**
 * Reads all tensors of a file.
 *
 * @throws AutochromeError when it cannot be read, is cut short, is no safetensors file or holds other than F32
 */
export async function readSafetensors(
  path: string,
): Promise<{ tensors: Map<string, StoredTensor>; metadata: Record<string, string> }> {
  requireLittleEndian();
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const read = async (position: number, length: number): Promise<Buffer<ArrayBuffer>> => {
        if (position + length > size) throw corrupt(path, "it is cut short");
        const buffer = Buffer.from(new ArrayBuffer(length));
        let done = 0;
        while (done < length) {
          const { bytesRead } = await file.read(buffer, done, length - done, position + done);
          if (bytesRead === 0) throw corrupt(path, "it is cut short");
          done += bytesRead;
        }
        return buffer;
      };
      const headerLength = Number((await read(0, 8)).readBigUInt64LE());
      if (headerLength > MAX_HEADER_BYTES) throw corrupt(path, "its header has no sensible length");
      const { __metadata__: metadata = {}, ...entries } = parseHeader(path, await read(8, headerLength));
      const tensors = new Map<string, StoredTensor>();
      for (const [name, entry] of Object.entries(entries)) {
        const { dtype, shape, data_offsets: offsets } = entry as HeaderEntry;
        if (dtype !== "F32") throw corrupt(path, `'${name}' is ${dtype}, not F32`);
        const [start, end] = offsets;
        if (end - start !== sizeOf(shape) * BYTES) throw corrupt(path, `'${name}' does not fit its shape`);
        const bytes = await read(8 + headerLength + start, end - start);
        tensors.set(name, { shape, data: new Float32Array(bytes.buffer, bytes.byteOffset, sizeOf(shape)) });
      }
      return { tensors, metadata: metadata as Record<string, string> };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readError(path, error);
  }
}

function parseHeader(path: string, bytes: Buffer): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof header === "object" && header !== null) return header as Record<string, unknown>;
  } catch {
    // Falls through to the one error that says what to do.
  }
  throw corrupt(path, "its header is not JSON");
}

function corrupt(path: string, reason: string): AutochromeError {
  return new AutochromeError(`${path} is no whole safetensors file: ${reason}. Use another checkpoint.`, {
    code: "CORRUPT_CHECKPOINT",
  });
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function requireLittleEndian(): void {
  if (endianness() !== "LE") throw new AutochromeError("Checkpoints need a little-endian machine.");
}
