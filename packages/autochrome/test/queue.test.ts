import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../src/cli/testing.ts";
import { tinyModel } from "../src/inference/testing.ts";
import { PhotoQueue } from "../src/queue/index.ts";
import { freePort, REDIS_SERVER, TestRedis } from "../src/queue/testing.ts";
import { WorkerProcess } from "./worker-process.ts";

let root: string;
let model: string;
let png: Buffer;
let redis: TestRedis;
let made = 0;

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "autochrome-queue-")));
  model = join(root, "net.onnx");
  writeFileSync(model, tinyModel());
  png = await sharp({ create: { width: 24, height: 16, channels: 3, background: "#888" } })
    .png()
    .toBuffer();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A new folder with photos of these names. */
function photos(...names: string[]): string {
  const folder = join(root, `photos-${++made}`);
  mkdirSync(folder);
  for (const name of names) writeFileSync(join(folder, name), png);
  return folder;
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `${n}.png`);

/** Runs a command on this test's Redis; the queue is named as by --queue. */
async function run(command: string[], name: string, url = redis.url) {
  const { code, out, err } = await runCommand([...command, "--redis", url, "--queue", name, "--json"]);
  const lines = out.trim().split("\n");
  const json = out === "" ? null : JSON.parse(command[0] === "worker" ? lines[lines.length - 1]! : out);
  return { code, err, json };
}

const add = (name: string, ...words: string[]) => run(["queue", "add", ...words, "--model", model], name);
const work = (name: string, ...words: string[]) =>
  run(["worker", "--exit-when-empty", "--model", model, ...words], name);

describe.skipIf(REDIS_SERVER === null)("a queue", () => {
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(() => redis.remove());

  it("takes each photo once, keeps apart from others, and passes over what is done", async () => {
    const [one, two] = [photos(...numbered(7)), photos(...numbered(3))];
    const first = await add("one", one);
    expect([first.code, first.json]).toEqual([
      0,
      { queue: "one", added: 7, already: 0, failedBefore: 0, problems: 0 },
    ]);
    expect((await add("one", one)).json).toMatchObject({ added: 0, already: 7 });
    await add("two", two);
    expect((await work("one")).json).toEqual({ ok: 7, skipped: 0, failed: 0 });
    expect(readdirSync(one).filter((name) => name.endsWith(".color.png"))).toHaveLength(7);
    expect(readdirSync(two)).toHaveLength(3);
    const status = await run(["queue", "status"], "two");
    expect(status.json).toMatchObject({ waiting: 3, active: 0, done: 0, failed: 0, workers: [] });
    expect((await run(["queue", "status"], "one")).json).toMatchObject({ waiting: 0, done: 7 });
    // Done photos leave nothing behind, so they can be added again; the workers see their results.
    expect((await add("one", one)).json).toMatchObject({ added: 7, already: 0 });
    expect((await work("one")).json).toEqual({ ok: 0, skipped: 7, failed: 0 });
    expect((await work("two")).json).toEqual({ ok: 3, skipped: 0, failed: 0 });
  });

  it("gives results as colorize does, with all options", async () => {
    const folder = photos("a.png");
    const options = ["--saturation", "3", "--format", "webp", "--quality", "60", "--no-mark"];
    await add("options", folder, "-o", join(root, "queued"), ...options);
    await work("options");
    await runCommand(["colorize", folder, "-o", join(root, "direct"), "--model", model, ...options]);
    const [queued, direct] = ["queued", "direct"].map((name) =>
      readFileSync(join(root, name, "a.color.webp")),
    );
    expect(queued!.equals(direct!)).toBe(true);
  });

  it("counts a second photo of the same result as an error, in one go or later", async () => {
    const [a, b] = [photos("x.png"), photos("x.png")];
    const both = await add("same", join(a, "x.png"), join(b, "x.png"), "-o", join(root, "same"));
    expect([both.code, both.json]).toMatchObject([1, { added: 1, problems: 1 }]);
    expect(both.err).toMatch(/x.png' would become '.*same\/x.color.png', as another photo does/);
    const later = await add("same", join(b, "x.png"), "-o", join(root, "same"));
    expect([later.code, later.json]).toMatchObject([1, { added: 0, already: 0, problems: 1 }]);
    expect(later.err).toContain(join(a, "x.png"));
  });

  it("lists what was given up, with reasons, and tries it again when asked", async () => {
    const folder = photos("good.png");
    writeFileSync(join(folder, "cut.png"), png.subarray(0, png.length - 30));
    writeFileSync(join(folder, "empty.png"), "");
    writeFileSync(join(folder, "text.jpg"), "no photo");
    writeFileSync(join(folder, "list.txt"), "gone.png\n");
    await add("letters", folder, join(folder, "list.txt"), "--attempts", "2", "--backoff", "0.1");
    const worked = await work("letters");
    expect([worked.code, worked.json]).toEqual([1, { ok: 1, skipped: 0, failed: 4 }]);
    expect(worked.err).toMatch(/gone.png: no such file.*attempt 1, to be tried again/);
    const { json } = await run(["queue", "failed"], "letters");
    const found = json.photos.map(({ input, attempts, reason }: Record<string, string>) => [
      input!.slice(folder.length + 1),
      attempts,
      /empty|damaged|not a photo|no such file/.exec(reason!)?.[0],
    ]);
    expect(json.failed).toBe(4);
    expect(found.sort()).toEqual([
      ["cut.png", 1, "damaged"],
      ["empty.png", 1, "empty"],
      ["gone.png", 2, "no such file"],
      ["text.jpg", 1, "not a photo"],
    ]);
    // Added again they stay where they are, and this is said.
    expect((await add("letters", folder)).json).toMatchObject({ added: 1, failedBefore: 3 });
    copyFileSync(join(folder, "good.png"), join(folder, "cut.png"));
    expect((await run(["queue", "retry", "*/cut.*"], "letters")).json).toMatchObject({
      retried: 1,
      failed: 3,
    });
    expect((await work("letters")).json).toEqual({ ok: 1, skipped: 1, failed: 0 });
    expect(existsSync(join(folder, "cut.color.png"))).toBe(true);
    expect((await run(["queue", "retry", "--reason", "no such file"], "letters")).json.retried).toBe(1);
    expect((await run(["queue", "retry", "--all"], "letters")).json.retried).toBe(2);
    expect((await work("letters")).json).toEqual({ ok: 0, skipped: 0, failed: 3 });
    expect((await run(["queue", "clear", "--failed", "--yes"], "letters")).json.removed).toEqual({
      failed: 3,
    });
  });

  it("is paused, resumed and cleared", async () => {
    const folder = photos(...numbered(4));
    await add("control", folder);
    await run(["queue", "pause"], "control");
    expect((await run(["queue", "status"], "control")).json).toMatchObject({ paused: true, waiting: 4 });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 700);
    const words = ["worker", "--redis", redis.url, "--queue", "control", "--model", model];
    expect((await runCommand(words, abort.signal)).code).toBe(130);
    expect(readdirSync(folder)).toHaveLength(4);
    await run(["queue", "resume"], "control");
    const unsure = await run(["queue", "clear"], "control");
    expect([unsure.code, unsure.err]).toEqual([
      2,
      "error: this would remove 4 waiting, 0 in hand, 0 failed from 'control'. Add --yes to do it.\n",
    ]);
    await run(["queue", "clear", "--yes"], "control");
    const link = await PhotoQueue.open({ url: redis.url, queue: "control" });
    const left = await link.link.redis.keys("bull:control:*");
    await link.close();
    // BullMQ writes a queue's settings whenever one is opened.
    expect(left.filter((key) => key !== "bull:control:meta")).toEqual([]);
  });

  it("holds paths that each worker finds under its own root, and none that leads out of it", async () => {
    const archive = photos("a.png");
    await add("rooted", archive, "--root", archive, "-o", "colour");
    const elsewhere = join(root, "mounted-elsewhere");
    symlinkSync(archive, elsewhere);
    const without = await work("rooted");
    expect([without.code, without.err]).toEqual([
      1,
      expect.stringMatching(/relative to a root. Start the worker with --root/),
    ]);
    expect((await run(["queue", "status"], "rooted")).json).toMatchObject({
      waiting: 1,
      active: 0,
      failed: 0,
    });
    expect((await work("rooted", "--root", elsewhere)).json).toEqual({ ok: 1, skipped: 0, failed: 0 });
    expect(existsSync(join(archive, "colour", "a.color.png"))).toBe(true);

    const outside = await add("rooted", photos("b.png"), "--root", archive);
    expect([outside.code, outside.json]).toMatchObject([1, { added: 0, problems: 1 }]);
    // Jobs that another program wrote.
    writeFileSync(join(root, "secret.png"), png);
    symlinkSync(root, join(archive, "way-out"));
    const queue = await PhotoQueue.open({ url: redis.url, queue: "rooted" });
    const [batch] = await queue.link.redis.hkeys(queue.batchesKey);
    const evil = [
      { b: batch!, i: "../secret.png", o: "x.png" },
      { b: batch!, i: "way-out/secret.png", o: "x.png" },
      { b: batch!, i: "a.png", o: "../x.png" },
      { b: batch!, i: "a.png", o: "way-out/x.png" },
      { b: batch!, i: join(root, "secret.png"), o: "x.png" },
    ];
    await queue.bull.addBulk(evil.map((data) => ({ name: "p", data })));
    await queue.bull.add("p", { nonsense: true } as never);
    await queue.close();
    expect((await work("rooted", "--root", archive)).json).toEqual({ ok: 0, skipped: 0, failed: 6 });
    const { json } = await run(["queue", "failed"], "rooted");
    const reasons = json.photos.map(({ reason }: { reason: string }) => reason);
    expect(reasons.filter((reason: string) => reason.includes("lies outside the root"))).toHaveLength(5);
    expect(readdirSync(archive).sort()).toEqual(["a.png", "colour", "way-out"]);
    expect(existsSync(join(root, "x.png"))).toBe(false);
  });

  it("names its network: a worker that has another one stops and gives the photos back", async () => {
    const other = join(root, "other.onnx");
    writeFileSync(other, tinyModel({ slope: [0.3, 0.3] }));
    await add("network", photos("a.png"));
    const wrong = await run(["worker", "--exit-when-empty", "--model", other], "network");
    expect([wrong.code, wrong.err]).toEqual([
      1,
      expect.stringMatching(
        /ask for the network 'linear' 1.0.0 \(sha256 [0-9a-f]{12}…\), which this worker has not got/,
      ),
    ]);
    expect((await run(["queue", "status"], "network")).json).toMatchObject({
      waiting: 1,
      active: 0,
      failed: 0,
    });
    // One that is installed is loaded by its name.
    await run(["queue", "add", photos("b.png"), "--model", "small"], "network");
    expect((await work("network")).json).toEqual({ ok: 2, skipped: 0, failed: 0 });
  });

  it("gives the photos of a worker that is ended back at once", async () => {
    const folder = photos(...numbered(400));
    const out = join(root, "ended");
    await add("ended", folder, "-o", out);
    const worker = new WorkerProcess(["--redis", redis.url, "--queue", "ended", "--model", model]);
    while (worker.with("done").length < 5) await wait(10);
    worker.child.kill("SIGTERM");
    const { code } = await worker.ended;
    expect([code, worker.err]).toEqual([130, expect.stringMatching(/ending: finishing the photos in hand/)]);
    const { json } = await run(["queue", "status"], "ended");
    expect(json).toMatchObject({ active: 0, waiting: 400 - json.done, failed: 0 });
    expect(readdirSync(out)).toHaveLength(json.done);
    expect(json.done).toBeLessThan(400);
    expect((await work("ended")).json).toEqual({ ok: 400 - json.done, skipped: 0, failed: 0 });
    expect(readdirSync(out)).toHaveLength(400);
  }, 120_000);

  it("gives up a photo that kills its worker twice, and no other for it", async () => {
    const folder = photos(...numbered(9), "4-poison.png");
    const killer = `
      import fs from "node:fs/promises";
      import { syncBuiltinESMExports } from "node:module";
      const { open } = fs;
      fs.open = (path, ...rest) => String(path).includes("poison.png") ? process.kill(process.pid, "SIGKILL") : open(path, ...rest);
      syncBuiltinESMExports();`;
    await add("poison", folder);
    const flags = [
      "--redis",
      redis.url,
      "--queue",
      "poison",
      "--model",
      model,
      "--lock",
      // Less, and a machine that is busy otherwise lets locks of the living run out as well.
      "4",
      "--exit-when-empty",
    ];
    const ends: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      const worker = new WorkerProcess(flags, [
        "--import",
        `data:text/javascript,${encodeURIComponent(killer)}`,
      ]);
      const { code, signal } = await worker.ended;
      ends.push(signal ?? code);
    }
    expect(ends).toEqual(["SIGKILL", "SIGKILL", 1]);
    const { json } = await run(["queue", "failed"], "poison");
    expect(json.photos).toMatchObject([{ input: join(folder, "4-poison.png") }]);
    expect(json.photos[0].reason).toMatch(/its worker's process ended or hung twice/);
    expect(readdirSync(folder).filter((name) => name.endsWith(".color.png"))).toHaveLength(9);
  }, 180_000);
});

describe.skipIf(REDIS_SERVER === null)("what is told of Redis", () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  async function listening(server: Server): Promise<string> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  /** The one line that a command gives. */
  async function told(url: string, command = ["queue", "status"]): Promise<string> {
    const { code, out, err } = await runCommand([...command, "--redis", url]);
    expect([code, out, err.split("\n").length]).toEqual([code === 2 ? 2 : 1, "", 2]);
    expect(err).not.toMatch(/sesame|\n\s+at /);
    return err;
  }

  it("is one line with a remedy, without the password: nothing there, not Redis, too old, silent", async () => {
    const port = await freePort();
    for (const command of [
      ["queue", "status"],
      ["worker", "--model", model],
    ]) {
      expect(await told(`redis://u:sesame@127.0.0.1:${port}`, command)).toMatch(
        new RegExp(
          `nothing answers at redis://127.0.0.1:${port} \\(connection refused\\). Start Redis there`,
        ),
      );
    }
    expect(await told("redis://u:sesame@nowhere.invalid")).toMatch(
      /the host of redis:\/\/nowhere.invalid:6379 is not known/,
    );
    const http = await listening(createHttpServer());
    expect(await told(`redis://${http}`)).toMatch(/what answers at .* is not Redis/);
    const old = await listening(
      createServer((socket) => {
        socket.on("error", () => {});
        socket.on("data", (data) => {
          const info = "redis_version:4.0.9\r\nloading:0\r\n";
          const commands =
            String(data)
              .toLowerCase()
              .match(/\*\d+\r\n\$\d+\r\n(\w+)/g) ?? [];
          for (const text of commands) {
            socket.write(text.endsWith("info") ? `$${info.length}\r\n${info}\r\n` : "+OK\r\n");
          }
        });
      }),
    );
    expect(await told(`redis://${old}`)).toMatch(/is version 4.0.9: the queue needs 6.2 or newer/);
    const silent = await listening(createServer((socket) => socket.on("error", () => {}).resume()));
    expect(await told(`redis://${silent}`)).toMatch(/does not answer within 5 s/);
    expect(await told("http://u:sesame@host")).toMatch(/that is no Redis URL/);
    const { err } = await runCommand(["worker"]);
    expect(err).toMatch(/which Redis\? Name it with --redis/);
  });

  it("asks for the password, refuses a wrong one, and warns of settings that lose jobs", async () => {
    const guarded = await TestRedis.start(
      "--requirepass",
      "open",
      "--maxmemory-policy",
      "allkeys-lru",
      "--appendonly",
      "no",
    );
    try {
      const host = `127.0.0.1:${guarded.port}`;
      expect(await told(`redis://${host}`)).toMatch(/asks for a password. Put it into the URL/);
      expect(await told(`redis://:sesame@${host}`)).toMatch(/refuses the user or password/);
      expect(await told(`redis://:open@${host}/99`)).toMatch(
        /cannot use the Redis at redis:.*\/99: ERR DB index is out of range/,
      );
      const added = await run(
        ["queue", "add", photos("a.png"), "--model", model],
        "guarded",
        `redis://:open@${host}`,
      );
      expect(added.code).toBe(0);
      expect(added.err).toMatch(/maxmemory-policy allkeys-lru\). Set it to noeviction/);
      expect(added.err).toMatch(/keeps no append-only file/);
    } finally {
      await guarded.remove();
    }
  });
});
