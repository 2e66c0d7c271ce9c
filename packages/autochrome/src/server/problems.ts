/**
 * What can go wrong, each with a code of its own, answered as problem details (RFC 9457).
 *
 * @module
 */
import { LIMITS, type LimitName } from "./limits.ts";

/** Status and title by code. */
export const PROBLEMS = {
  "bad-request": [400, "The request is not valid HTTP"],
  "bad-option": [400, "An option is unknown or out of range"],
  "bad-multipart": [400, "The form is not valid multipart/form-data"],
  "foreign-origin": [403, "Pages of other sites may not ask"],
  "not-found": [404, "There is nothing at this address"],
  "method-not-allowed": [405, "This address does not take that method"],
  "slow-upload": [408, "The request arrived too slowly"],
  "too-many-bytes": [413, "The photo has too many bytes"],
  "unsupported-type": [415, "The content type is not taken"],
  "expectation-failed": [417, "The expectation is not known"],
  "foreign-host": [421, "This server answers only to its own name"],
  "empty-photo": [422, "The photo is empty"],
  "not-a-photo": [422, "The body is not a photo in a format that is read"],
  "damaged-photo": [422, "The photo is damaged"],
  "too-many-pixels": [422, "The photo has too many pixels"],
  "too-much-memory": [422, "The photo needs too much memory"],
  "cannot-encode": [422, "The photo cannot be written in this format"],
  "header-too-large": [431, "The request's header is too large"],
  failed: [500, "The server failed"],
  "worker-crashed": [500, "The process that coloured the photo died"],
  "queue-full": [503, "Too many photos are under way"],
  "memory-full": [503, "Too many bytes are under way"],
  "waited-too-long": [503, "The photo waited too long for its turn"],
  "not-ready": [503, "No worker is ready"],
  draining: [503, "The server is shutting down"],
  "took-too-long": [504, "The photo took too long"],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemOptions {
  /** The limit that was hit. */
  limit?: { name: LimitName; value: number };
  /** After how many seconds asking again makes sense. */
  retryAfter?: number;
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** An error that is answered as it is. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  /** @param detail what is wrong with this very request, and what to do about it */
  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.name = "Problem";
    this.code = code;
    this.options = options;
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }

  /** The members of the problem document. */
  toJSON(): Record<string, unknown> {
    const [status, title] = PROBLEMS[this.code];
    const { limit } = this.options;
    return {
      type: `/docs#${this.code}`,
      title,
      status,
      detail: this.message,
      code: this.code,
      ...(limit && { limit: { ...limit, unit: LIMITS[limit.name].unit } }),
    };
  }

  get headers(): Record<string, string> {
    const { retryAfter, headers } = this.options;
    return {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      ...(retryAfter !== undefined && { "Retry-After": String(retryAfter) }),
      ...headers,
    };
  }

  toResponse(): Response {
    const body = `${JSON.stringify(this)}\n`;
    const headers = { ...this.headers, "Content-Length": String(Buffer.byteLength(body)) };
    return new Response(body, { status: this.status, headers });
  }
}
