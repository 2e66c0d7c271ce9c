import type { IncomingMessage } from "node:http";
import { Busboy } from "@fastify/busboy";
import { ByteBlock, readBody, tooManyBytes } from "./body.ts";
import type { Limits } from "./limits.ts";
import { Problem } from "./problems.ts";

const MAX_FIELDS = 16;
const MAX_FIELD_BYTES = 128 * 1024;
const MAX_NAME_BYTES = 100;
const MAX_HEADER_BYTES = 4096;
const MAX_HEADER_PAIRS = 16;

/** The form's file field. */
export const FILE_FIELD = "image";

/** Bytes of a form that are not the photo's: boundaries, headers, options. */
export const FORM_OVERHEAD = 256 * 1024;

export interface Form {
  photo: Buffer;
  filename: string | null;
  fields: [string, string][];
}

/**
 * Reads a form of one photo (`image`) and options.
 *
 * @param onBytes as in {@link readBody}
 * @throws Problem for a form that is malformed, lacks the photo or has two, and as {@link readBody}
 */
export async function readForm(
  request: IncomingMessage,
  limits: Limits,
  onBytes: (bytes: number) => void,
): Promise<Form> {
  const fields: [string, string][] = [];
  const photo = new ByteBlock();
  let filename: string | null = null;
  let files = 0;
  let failure: Problem | null = null;
  const bad = (detail: string) => {
    failure ??= new Problem("bad-multipart", detail);
  };
  let parser: InstanceType<typeof Busboy>;
  try {
    parser = new Busboy({
      headers: request.headers as { "content-type": string },
      limits: {
        fieldNameSize: MAX_NAME_BYTES,
        fieldSize: MAX_FIELD_BYTES,
        fields: MAX_FIELDS,
        // One more than allowed, so that it is seen.
        files: 2,
        parts: MAX_FIELDS + 2,
        headerPairs: MAX_HEADER_PAIRS,
        headerSize: MAX_HEADER_BYTES,
      },
      isPartAFile: (name, type, file) =>
        file !== undefined || type === "application/octet-stream" || name === FILE_FIELD,
    });
  } catch (cause) {
    throw new Problem("bad-multipart", "the Content-Type names no boundary.", { cause });
  }
  const finished = new Promise<void>((resolve) => {
    parser.on("finish", resolve);
    parser.on("error", () => {
      bad("the form ends early, or is not what its boundary says.");
      resolve();
    });
  });
  parser.on("file", (name, stream, file) => {
    stream.on("error", () => {});
    if (name !== FILE_FIELD || ++files > 1) {
      bad(files > 1 ? "there are two photos. Send one at a time." : `the photo's field is '${FILE_FIELD}'.`);
      stream.resume();
      return;
    }
    filename = file ?? null;
    stream.on("data", (chunk: Buffer) => {
      if (photo.length + chunk.length > limits.maxBytes) failure ??= tooManyBytes(limits);
      else photo.append(chunk);
    });
  });
  parser.on("field", (name, value, nameTruncated, valueTruncated) => {
    if (nameTruncated || valueTruncated) bad(`a field is longer than ${MAX_FIELD_BYTES} bytes.`);
    else fields.push([name, value]);
  });
  parser.on("fieldsLimit", () => bad(`there are more than ${MAX_FIELDS} fields.`));
  parser.on("filesLimit", () => bad("there are two photos. Send one at a time."));
  parser.on("partsLimit", () => bad(`there are more than ${MAX_FIELDS} fields.`));
  const { maxBytes } = limits;
  await readBody(
    request,
    { ...limits, maxBytes: maxBytes + FORM_OVERHEAD },
    (chunk) => {
      parser.write(chunk);
      if (failure !== null) throw failure;
    },
    onBytes,
  );
  parser.end();
  await finished;
  if (failure !== null) throw failure;
  if (files === 0) throw new Problem("bad-multipart", `the form has no file field '${FILE_FIELD}'.`);
  return { photo: photo.bytes(), filename, fields };
}
