/**
 * An HTTP server that gives up on connections that take too long, in whatever way they do it.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Limits } from "./limits.ts";
import { Problem, type ProblemCode } from "./problems.ts";

const MAX_HEADER_BYTES = 16 * 1024;

/** How often Node looks for requests that take too long. */
const CHECK_MS = 500;

/**
 * What follows an answer that was given early is read and thrown away, up to here: a connection that is closed while
 * the client still sends would take the answer with it.
 */
const DISCARD_MS = 5000;
const DISCARD_BYTES = 256_000_000;

export interface HttpServerOptions {
  limits: Limits;
  listener: (request: IncomingMessage, response: ServerResponse) => void;
  /** Told when an answer has been sent, or its connection is gone: status 499 then. */
  onAnswered: (request: IncomingMessage, status: number) => void;
  /** Told of a connection that was closed because there were too many. */
  onDropped: () => void;
}

export function createHttpServer(options: HttpServerOptions): Server {
  const { limits, onDropped } = options;
  const underWay = new WeakMap<Duplex, number>();
  const latest = new WeakMap<Duplex, { request: IncomingMessage; response: ServerResponse }>();
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: limits.headerMs,
    // A body has its own, tighter deadlines.
    requestTimeout: limits.headerMs + limits.uploadMs + DISCARD_MS,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: CHECK_MS,
    noDelay: true,
  });
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.answerMs;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    latest.set(socket, { request, response });
    response.once("close", () => underWay.set(socket, underWay.get(socket)! - 1));
    watchAnswer(request, response, options);
    options.listener(request, response);
  };
  server.on("request", handle);
  server.on("checkContinue", handle);
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    const problem = new Problem("expectation-failed", "the only expectation that is met is 100-continue.");
    const body = JSON.stringify(problem);
    const length = { "Content-Length": Buffer.byteLength(body) };
    response.writeHead(problem.status, { ...problem.headers, ...length, Connection: "close" });
    response.end(body);
    options.onAnswered(request, problem.status);
  });
  server.on("timeout", (socket) => {
    // A photo that is being sent or coloured has its own deadlines: only what is not read, and idling, ends here.
    if ((underWay.get(socket) ?? 0) === 0 || socket.writableLength > 0) socket.destroy();
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    const { request, response } = latest.get(socket) ?? {};
    const busy = underWay.get(socket) ?? 0;
    if (!socket.writable) socket.destroy();
    else if (busy === 0 || (busy === 1 && !request!.complete && !response!.headersSent)) {
      refuse(socket, error.code ?? "");
    } else if (request!.complete) {
      // What came after a whole request cannot be read; that one is still answered.
      response!.once("close", () => socket.end());
    } else socket.destroy();
  });
  server.on("drop", onDropped);
  return server;
}

/** Bounds how long an answer may take to be read, and what is left of a request that was answered early. */
function watchAnswer(request: IncomingMessage, response: ServerResponse, options: HttpServerOptions): void {
  const { limits, onAnswered } = options;
  const { socket } = request;
  let deadline: NodeJS.Timeout | undefined;
  response.once("prefinish", () => {
    const milliseconds = limits.minRate > 0 ? (1000 * socket.writableLength) / limits.minRate : limits.workMs;
    deadline = setTimeout(() => socket.destroy(), limits.answerMs + milliseconds);
    if (!request.complete) discardRest(request);
  });
  response.once("close", () => {
    clearTimeout(deadline);
    onAnswered(request, response.writableFinished ? response.statusCode : 499);
  });
}

function discardRest(request: IncomingMessage): void {
  let bytes = 0;
  const stop = () => request.socket.destroy();
  const deadline = setTimeout(stop, DISCARD_MS);
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DISCARD_BYTES) stop();
  });
  request.on("error", () => {});
  request.once("close", () => clearTimeout(deadline));
  request.once("end", () => clearTimeout(deadline));
  request.resume();
}

/** Answers what could not be read as a request. */
function refuse(socket: Duplex, errno: string): void {
  const [code, detail] = REFUSALS[errno] ?? [
    "bad-request",
    "what was sent cannot be read as an HTTP request.",
  ];
  const problem = new Problem(code, detail);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.toJSON().title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  // Whoever goes on sending is not waited for.
  setTimeout(() => socket.destroy(), DISCARD_MS).unref();
}

const REFUSALS: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: [
    "header-too-large",
    `the request's header has more than ${MAX_HEADER_BYTES} bytes. Send long options in a form.`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ["slow-upload", "the request's header did not arrive in time."],
};
