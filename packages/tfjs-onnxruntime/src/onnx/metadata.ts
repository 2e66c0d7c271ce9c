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
