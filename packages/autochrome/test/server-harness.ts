/**
 * Servers and clients for tests. Clients speak through bare sockets where what they send is no proper HTTP.
 *
 * @module
 */
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import sharp from "sharp";
import { type PhotoServer, type ServerOptions, startServer } from "../src/server/index.ts";

/** Starts servers, and ends them all with `close`. */
export class Servers {
  readonly #open: PhotoServer[] = [];

  /** On a free port, with one worker and no page unless told otherwise. */
  async start(options: ServerOptions = {}): Promise<PhotoServer> {
    const server = await startServer({ port: 0, workers: 1, page: false, ...options });
    this.#open.push(server);
    return server;
  }

  async close(): Promise<void> {
    for (const server of this.#open.splice(0)) await server.close();
  }
}

/** A gray JPEG of soft waves. */
export async function grayPhoto(width = 96, height = 64): Promise<Buffer> {
  const pixels = Uint8Array.from(
    { length: width * height },
    (_, i) => 128 + 100 * Math.sin((i % width) / 9) * Math.cos(i / width / 7),
  );
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .jpeg()
    .toBuffer();
}

export interface Reply {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: string;
}

/** The first answer in what a socket received; the body as latin1. */
export function parseReply(received: string): Reply {
  const end = received.indexOf("\r\n\r\n");
  const [first = "", ...lines] = received.slice(0, end).split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return {
    status: Number(first.split(" ")[1]),
    headers: Object.fromEntries(headers),
    body: received.slice(end + 4),
  };
}

/** A bare connection. */
export class Wire {
  readonly socket: Socket;
  /** All that came, as latin1. */
  received = "";
  closed = false;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1" });
    this.socket.on("data", (chunk) => {
      this.received += chunk.toString("latin1");
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
    });
  }

  send(data: string | Uint8Array): this {
    this.socket.write(data);
    return this;
  }

  /** Waits until `done` holds for what was received. */
  async until(done: (received: string) => boolean, patienceMs = 20_000): Promise<string> {
    const deadline = performance.now() + patienceMs;
    while (!done(this.received)) {
      if (performance.now() > deadline) throw new Error(`only this came: ${this.received.slice(0, 500)}`);
      await wait(5);
    }
    return this.received;
  }

  /** The answer, once its header and its whole body are there. */
  async reply(): Promise<Reply> {
    await this.until((received) => {
      if (!received.includes("\r\n\r\n")) return false;
      const { headers, body } = parseReply(received);
      return body.length >= Number(headers["content-length"] ?? 0);
    });
    return parseReply(this.received);
  }

  async end(): Promise<void> {
    const deadline = performance.now() + 20_000;
    while (!this.closed) {
      if (performance.now() > deadline) throw new Error("the connection was not closed");
      await wait(5);
    }
  }

  leave(): void {
    this.socket.destroy();
  }
}

/** The head of a request for a colouring. */
export function head(headers: Record<string, string | number> = {}, target = "/v1/colorize"): string {
  const all = { Host: "127.0.0.1", "Content-Type": "image/jpeg", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** Sends a photo with fetch. */
export async function send(url: string, photo: Uint8Array, query = "", headers: Record<string, string> = {}) {
  return fetch(`${url}v1/colorize${query}`, {
    method: "POST",
    body: new Uint8Array(photo),
    headers: { "Content-Type": "image/jpeg", ...headers },
  });
}

/** The value of a metric without labels, or with exactly these. */
export async function metric(url: string, name: string, labels = ""): Promise<number> {
  const text = await (await fetch(`${url}metrics`)).text();
  const line = text.split("\n").find((row) => row.startsWith(`autochrome_${name}${labels} `));
  return line === undefined ? Number.NaN : Number(line.split(" ").at(-1));
}
