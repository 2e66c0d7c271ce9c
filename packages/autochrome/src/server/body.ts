/**
 * Reading a request's body within limits of size, time and rate.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Limits } from "./limits.ts";
import { Problem } from "./problems.ts";

const FIRST_CAPACITY = 64 * 1024;

/** How often an upload's rate is looked at, at the least. */
const RATE_WINDOW_MS = 5000;

/** Thrown where the client has gone: there is nobody to answer. */
export class ClientGone extends Error {
  constructor() {
    super("the client closed the connection");
    this.name = "ClientGone";
  }
}

/**
 * Bytes gathered in one block that grows. A list of chunks would hold a hundred times more than what arrives one
 * byte at a time.
 */
export class ByteBlock {
  #block: Buffer;
  #length = 0;

  /** @param expected bytes, where they are known */
  constructor(expected?: number) {
    // Memory that is not written to is not taken.
    this.#block = Buffer.allocUnsafeSlow(expected ?? FIRST_CAPACITY);
  }

  get length(): number {
    return this.#length;
  }

  append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#block.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#block.length));
      this.#block.copy(grown, 0, 0, this.#length);
      this.#block = grown;
    }
    this.#block.set(chunk, this.#length);
    this.#length = needed;
  }

  bytes(): Buffer {
    return this.#block.subarray(0, this.#length);
  }
}

/** Content-Length, or null where the body is chunked. */
export function declaredLength(request: IncomingMessage): number | null {
  const header = request.headers["content-length"];
  return header === undefined ? null : Number(header);
}

const askedFor = new WeakSet<IncomingMessage>();

/** Tells a client that waits for it to send its body. */
export function askForBody(request: IncomingMessage, response: ServerResponse): void {
  askedFor.add(request);
  if (expectsContinue(request)) response.writeContinue();
}

/** Whether the client still waits for a word before it sends its body. */
export function isHeldBack(request: IncomingMessage): boolean {
  return expectsContinue(request) && !askedFor.has(request);
}

function expectsContinue(request: IncomingMessage): boolean {
  return /^100-continue$/i.test(request.headers.expect ?? "");
}

/** @throws Problem for a declared length beyond the limit */
export function checkDeclared(request: IncomingMessage, limits: Limits): void {
  const declared = declaredLength(request);
  if (declared !== null && declared > limits.maxBytes) throw tooManyBytes(limits);
}

export function tooManyBytes({ maxBytes }: Limits): Problem {
  const limit = { name: "maxBytes", value: maxBytes } as const;
  const detail = `there are more than ${maxBytes} bytes. Send a smaller photo, or compress it more.`;
  return new Problem("too-many-bytes", detail, { limit });
}

/**
 * Hands a body on as it arrives.
 *
 * @param take may throw, which ends the reading
 * @param onBytes told how many bytes have arrived so far; may throw as well
 * @throws Problem for too many bytes, or too slow; ClientGone; what `take` throws
 */
export function readBody(
  request: IncomingMessage,
  limits: Limits,
  take: (chunk: Buffer) => void,
  onBytes: (bytes: number) => void = () => {},
): Promise<void> {
  const { maxBytes, uploadMs, minRate } = limits;
  const windowMs = Math.min(RATE_WINDOW_MS, uploadMs / 4);
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let seen = 0;
    const settle = (error: unknown) => {
      clearTimeout(deadline);
      clearInterval(rate);
      request.off("data", onData);
      request.off("end", onEnd);
      request.off("error", onGone);
      request.off("close", onGone);
      // A request may fail once more when its connection is closed.
      request.on("error", () => {});
      if (error === null) resolve();
      else {
        request.pause();
        reject(error);
      }
    };
    const slow = (name: "uploadMs" | "minRate", detail: string) =>
      settle(new Problem("slow-upload", detail, { limit: { name, value: limits[name] } }));
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) return settle(tooManyBytes(limits));
      try {
        onBytes(bytes);
        take(chunk);
      } catch (error) {
        settle(error);
      }
    };
    const onEnd = () => settle(null);
    const onGone = () => settle(new ClientGone());
    const deadline = setTimeout(
      () => slow("uploadMs", `the photo did not arrive within ${uploadMs / 1000} s.`),
      uploadMs,
    );
    const rate = setInterval(() => {
      if (bytes - seen < (minRate * windowMs) / 1000) {
        slow("minRate", `the photo arrived at less than ${minRate} bytes a second.`);
      }
      seen = bytes;
    }, windowMs);
    request.on("data", onData);
    request.on("end", onEnd);
    request.on("error", onGone);
    request.on("close", onGone);
    if (request.destroyed && !request.complete) onGone();
  });
}
