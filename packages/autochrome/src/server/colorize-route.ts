import type { IncomingMessage, ServerResponse } from "node:http";
import { extensionOfFormat } from "../image/index.ts";
import type { Admission, Pass } from "./admission.ts";
import { askForBody, ByteBlock, ClientGone, checkDeclared, declaredLength, readBody } from "./body.ts";
import type { Limits } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { FORM_OVERHEAD, readForm } from "./multipart.ts";
import type { ServedNetwork } from "./networks.ts";
import { parseOptions, type RequestOptions } from "./options.ts";
import type { WorkerPool } from "./pool.ts";
import { Problem } from "./problems.ts";

export interface ColorizeContext {
  limits: Limits;
  networks: readonly ServedNetwork[];
  admission: Admission;
  pool: WorkerPool;
  metrics: Metrics;
}

/**
 * `POST /v1/colorize`. What can be refused by its header is refused before the body is read.
 *
 * @throws Problem; ClientGone where nobody waits for an answer
 */
export async function colorizeRequest(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  { limits, networks, admission, pool, metrics }: ColorizeContext,
): Promise<Response> {
  const started = performance.now();
  const form = isForm(request);
  const asked = parseOptions(query);
  const model = findNetwork(asked.model, networks);
  checkDeclared(request, form ? { ...limits, maxBytes: limits.maxBytes + FORM_OVERHEAD } : limits);
  if (pool.ready === 0) {
    throw new Problem("not-ready", "no worker is ready. Try again later.", { retryAfter: 2 });
  }
  const pass = admission.enter(declaredLength(request) ?? 0);
  response.once("close", () => pass.leave());
  const gone = new AbortController();
  response.once("close", () => gone.abort(new ClientGone()));
  if (response.destroyed || request.destroyed) {
    pass.leave();
    throw new ClientGone();
  }
  askForBody(request, response);
  const { photo, options } = form
    ? await receiveForm(request, limits, query, pass)
    : { photo: await receiveRaw(request, limits, pass), options: asked };
  if (photo.length === 0) throw new Problem("empty-photo", "the photo has 0 bytes.");
  const network = options.model === asked.model ? model : findNetwork(options.model, networks);
  metrics.bytesIn.inc(photo.length);
  pass.hold(photo.length);
  const { name, model: _, ...color } = options;
  const answer = await pool.run({ photo, model: networks.indexOf(network), options: color }, gone.signal);
  pass.hold(answer.photo.length);
  const { waitedMs, workedMs, width, height } = answer;
  const totalMs = performance.now() - started;
  metrics.seconds.observe({ stage: "wait" }, waitedMs / 1000);
  metrics.seconds.observe({ stage: "work" }, workedMs / 1000);
  metrics.seconds.observe({ stage: "total" }, totalMs / 1000);
  metrics.bytesOut.inc(answer.photo.length);
  metrics.pixels.inc(width * height);
  return new Response(
    new Uint8Array(answer.photo.buffer as ArrayBuffer, answer.photo.byteOffset, answer.photo.length),
    {
      headers: {
        "Content-Type": `image/${answer.format}`,
        "Content-Length": String(answer.photo.length),
        "Content-Disposition": disposition(coloredName(name, extensionOfFormat(answer.format))),
        "Cache-Control": "no-store",
        "Autochrome-Model": `${network.name} ${network.version}`.trim(),
        "Autochrome-Width": String(width),
        "Autochrome-Height": String(height),
        "Autochrome-Milliseconds": String(Math.round(totalMs)),
        "Server-Timing": `wait;dur=${waitedMs.toFixed(1)}, work;dur=${workedMs.toFixed(1)}`,
      },
    },
  );
}

/** @throws Problem for a type that is neither a form's, an image's nor unnamed bytes' */
function isForm(request: IncomingMessage): boolean {
  const type = (request.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  if (type === "multipart/form-data") return true;
  if (/^image\/[\w.+-]+$/.test(type) || type === "application/octet-stream") return false;
  const given = type === "" ? "there is no Content-Type" : `the Content-Type is ${type.slice(0, 60)}`;
  throw new Problem(
    "unsupported-type",
    `${given}. Send the photo as image/*, application/octet-stream, or multipart/form-data.`,
    { headers: { "Accept-Post": "image/*, application/octet-stream, multipart/form-data" } },
  );
}

function findNetwork(name: string | undefined, networks: readonly ServedNetwork[]): ServedNetwork {
  if (name === undefined) return networks[0]!;
  const found = networks.find((network) => network.name === name);
  if (found !== undefined) return found;
  const names = networks.map((network) => network.name).join(", ");
  throw new Problem("bad-option", `there is no model '${name.slice(0, 60)}'. The models are ${names}.`);
}

async function receiveRaw(request: IncomingMessage, limits: Limits, pass: Pass): Promise<Buffer> {
  const declared = declaredLength(request);
  const block = new ByteBlock(declared ?? undefined);
  await readBody(request, limits, (chunk) => block.append(chunk), holdWhatCame(declared, pass));
  return block.bytes();
}

async function receiveForm(
  request: IncomingMessage,
  limits: Limits,
  query: URLSearchParams,
  pass: Pass,
): Promise<{ photo: Buffer; options: RequestOptions }> {
  const form = await readForm(request, limits, holdWhatCame(declaredLength(request), pass));
  const options = parseOptions([...query, ...form.fields]);
  return { photo: form.photo, options: { name: form.filename ?? undefined, ...options } };
}

/** A chunked body's length is known only as it arrives. */
function holdWhatCame(declared: number | null, pass: Pass): (bytes: number) => void {
  return declared === null ? (bytes) => pass.hold(bytes) : () => {};
}

/** `portrait.jpg` becomes `portrait.color.jpg`. */
export function coloredName(name: string | undefined, extension: string): string {
  const base = (name ?? "").replace(/^.*[\\/]/, "");
  const stem = base.replace(/(?<=.)\.[^.]*$/, "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no file name may hold
  const safe = stem.replace(/[\u0000-\u001f\u007f<>:"|?*]/g, "_").replace(/^\.+/, "");
  return `${safe === "" ? "photo" : safe.slice(0, 150)}.color${extension}`;
}

/** With the name twice where it is not plain ASCII (RFC 6266, RFC 8187). */
function disposition(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(Buffer.from(name).toString()).replace(
    /['()*!]/g,
    (c) => `%${c.charCodeAt(0).toString(16)}`,
  );
  return ascii === name
    ? `attachment; filename="${ascii}"`
    : `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
