import protobuf from "protobufjs/minimal.js";

/**
 * Reads the `metadata_props` of an ONNX file without loading its graph.
 *
 * @param bytes whole content of an `.onnx` file
 * @throws Error if the bytes are not an ONNX model
 */
export function readOnnxMetadata(bytes: Uint8Array): Record<string, string> {
  const metadata: Record<string, string> = {};
  let graphs = 0;
  try {
    const reader = protobuf.Reader.create(bytes);
    while (reader.pos < reader.len) {
      const key = reader.uint32();
      if (key >>> 3 === 14 && (key & 7) === 2) {
        const end = reader.uint32() + reader.pos;
        if (end > reader.len) throw new RangeError("truncated");
        const entry = { key: "", value: "" };
        while (reader.pos < end) {
          const field = reader.uint32() >>> 3;
          if (field === 1) entry.key = reader.string();
          else if (field === 2) entry.value = reader.string();
          else throw new RangeError("unknown field");
        }
        metadata[entry.key] = entry.value;
      } else {
        if (key >>> 3 === 7 && (key & 7) === 2) graphs += 1;
        reader.skipType(key & 7);
      }
    }
  } catch (cause) {
    throw new Error("not an ONNX model, or a truncated one", { cause });
  }
  if (graphs !== 1) throw new Error("not an ONNX model: it holds no graph");
  return metadata;
}

/**
 * Adds an entry to the `metadata_props` of an ONNX file; the rest of it stays as it is.
 *
 * @param bytes whole content of an `.onnx` file
 * @returns the new content
 */
export function addOnnxMetadata(bytes: Uint8Array, key: string, value: string): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32((14 << 3) | 2).fork();
  writer.uint32((1 << 3) | 2).string(key);
  writer.uint32((2 << 3) | 2).string(value);
  writer.ldelim();
  // Repeated fields of a message may stand anywhere in it, so also behind everything else.
  const entry = writer.finish();
  const longer = new Uint8Array(bytes.length + entry.length);
  longer.set(bytes);
  longer.set(entry, bytes.length);
  return longer;
}
