/**
 * A Redis of a test's own.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { REDIS, requireOrSkip } from "../../../../scripts/test-tools.ts";
import { connectRedis } from "./connection.ts";

/** Where redis-server is; null, after a line that says so, where it is missing. */
export const REDIS_SERVER = requireOrSkip(REDIS, "the queue's tests");

export class TestRedis {
  readonly port: number;
  readonly #folder: string;
  readonly #settings: readonly string[];
  #child: ChildProcess | null = null;

  private constructor(port: number, folder: string, settings: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#settings = settings;
  }

  /** Starts one on a free port, with a folder of its own, that writes an append-only file. */
  static async start(...settings: string[]): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), mkdtempSync(join(tmpdir(), "autochrome-redis-")), settings);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again, with what it wrote. */
  async start(): Promise<void> {
    const flags = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.#folder];
    const kept = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""];
    this.#child = spawn(REDIS_SERVER ?? "redis-server", [...flags, ...kept, ...this.#settings], {
      stdio: "ignore",
    });
    const { exitCode } = this.#child;
    const withPassword = this.#settings.includes("--requirepass");
    for (let tries = 0; ; tries++) {
      const link = await connectRedis(this.url).catch((error: { code?: string }) => error);
      if ("redis" in link) return link.close();
      if (withPassword && link.code === "REDIS_PASSWORD") return;
      if (exitCode !== null || tries > 200) throw new Error(`redis-server does not start: ${link}`);
      await wait(50);
    }
  }

  /** Ends it: "SIGTERM" lets it write all, "SIGKILL" does not. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
