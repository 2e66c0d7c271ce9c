import { setTimeout as wait } from "node:timers/promises";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findModel } from "../inference/index.ts";
import { withDefaults } from "./limits.ts";
import { type PoolEvent, type PoolOptions, WorkerPool } from "./pool.ts";

let model: string;
let photo: Uint8Array;
const pools: WorkerPool[] = [];
beforeAll(async () => {
  model = await findModel("small");
  photo = await sharp({ create: { width: 64, height: 48, channels: 3, background: "#777" } })
    .jpeg()
    .toBuffer();
});
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});
afterAll(() => expect(pools).toEqual([]));

async function start(options: Partial<PoolOptions> = {}) {
  const events: PoolEvent[] = [];
  const pool = new WorkerPool({
    ...withDefaults(),
    models: [model],
    workers: 1,
    threads: 1,
    onEvent: (event) => events.push(event),
    ...options,
  });
  pools.push(pool);
  await pool.start();
  return { pool, events };
}

const job = (bytes = photo) => ({ photo: bytes, model: 0, options: {} });
const never = new AbortController().signal;
const restarts = (events: PoolEvent[]) =>
  events.flatMap((event) => (event.type === "restart" ? [event.reason] : []));
const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("WorkerPool", () => {
  it("colours, goes on after a photo that is none, and leaves no process behind", async () => {
    const { pool, events } = await start();
    await expect(pool.run(job(Buffer.from("no photo")), never)).rejects.toMatchObject({
      code: "not-a-photo",
    });
    expect(await pool.run(job(), never)).toMatchObject({ format: "jpeg", width: 64, height: 48 });
    const pids = pool.pids;
    expect(pids).toHaveLength(1);
    await pool.close();
    expect(pids.filter(alive)).toEqual([]);
    expect(events).toEqual([]);
  });

  it("a worker that is killed costs the photo that it had, and no other", async () => {
    const { pool, events } = await start();
    const [pid] = pool.pids as [number];
    process.kill(pid, "SIGSTOP");
    const [first, second] = [pool.run(job(), never), pool.run(job(), never)];
    process.kill(pid, "SIGKILL");
    await expect(first).rejects.toMatchObject({ code: "worker-crashed", status: 500 });
    expect(await second).toMatchObject({ width: 64 });
    expect(restarts(events)).toEqual(["crashed"]);
    expect(events).toContainEqual({ type: "message", message: "a worker was ended by SIGKILL" });
    expect(pool.pids).not.toContain(pid);
  });

  it("a photo that takes too long is given up, with its worker", async () => {
    const { pool, events } = await start({ workMs: 300 });
    const [pid] = pool.pids as [number];
    process.kill(pid, "SIGSTOP");
    await expect(pool.run(job(), never)).rejects.toMatchObject({
      code: "took-too-long",
      status: 504,
      options: { limit: { name: "workMs", value: 300 } },
    });
    expect(restarts(events)).toEqual(["took-too-long"]);
    await expect.poll(() => pool.ready, { timeout: 30_000 }).toBe(1);
    expect(alive(pid)).toBe(false);
  });

  it("a photo that waits too long is told so, with a time to try again", async () => {
    const { pool } = await start({ queueMs: 200 });
    const [pid] = pool.pids as [number];
    process.kill(pid, "SIGSTOP");
    const first = pool.run(job(), never);
    await expect(pool.run(job(), never)).rejects.toMatchObject({
      code: "waited-too-long",
      options: { retryAfter: expect.any(Number) },
    });
    process.kill(pid, "SIGCONT");
    expect(await first).toMatchObject({ width: 64 });
  });

  it("photos are taken in the order in which they came, and one that is given up leaves the queue", async () => {
    const { pool } = await start();
    const [pid] = pool.pids as [number];
    process.kill(pid, "SIGSTOP");
    const order: number[] = [];
    const leaving = new AbortController();
    const run = (n: number, signal = never) => pool.run(job(), signal).then(() => order.push(n));
    const all = [run(0), run(1), run(2), run(3, leaving.signal), run(4)];
    expect(pool.waiting).toBe(4);
    leaving.abort(new Error("gone"));
    await expect(all[3]).rejects.toThrow("gone");
    expect(pool.waiting).toBe(3);
    process.kill(pid, "SIGCONT");
    await Promise.all(all.filter((_, n) => n !== 3));
    expect(order).toEqual([0, 1, 2, 4]);
  });

  it("a photo that needs too much memory is given up", async () => {
    const { pool, events } = await start({ workerBytes: 100e6 });
    const large = await sharp({ create: { width: 4000, height: 3000, channels: 3, background: "#777" } })
      .jpeg()
      .toBuffer();
    await expect(pool.run(job(large), never)).rejects.toMatchObject({ code: "too-much-memory", status: 422 });
    expect(restarts(events)).toEqual(["too-much-memory"]);
  });

  it("a worker is replaced after so many photos, and none notices", async () => {
    const { pool, events } = await start({ recycleAfter: 2 });
    const before = pool.pids;
    for (let i = 0; i < 5; i++) expect(await pool.run(job(), never)).toMatchObject({ width: 64 });
    expect(restarts(events)).toEqual(["recycled", "recycled"]);
    expect(pool.pids).not.toEqual(before);
  });

  it("a network that cannot be used ends the start", async () => {
    await expect(start({ models: [import.meta.filename] })).rejects.toThrow(/damaged or not an ONNX file/);
  });

  it("workers that cannot start any more are tried again less and less often", async () => {
    const { pool, events } = await start();
    for (let kill = 0; kill < 3; kill++) {
      await expect.poll(() => pool.pids.length, { timeout: 30_000 }).toBe(1);
      process.kill(pool.pids[0]!, "SIGKILL");
      await expect.poll(() => restarts(events).length).toBe(kill + 1);
    }
    // Behind the second death in a row there is a pause.
    expect(pool.pids).toEqual([]);
    await wait(300);
    await expect.poll(() => pool.ready, { timeout: 30_000 }).toBe(1);
    expect(await pool.run(job(), never)).toMatchObject({ width: 64 });
  });
});
