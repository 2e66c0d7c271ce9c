import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RunMessage, RunsMessage } from "./api.ts";
import { type Dashboard, type DashboardOptions, startDashboard } from "./index.ts";
import { asLines, writeRun } from "./testing.ts";

let root: string;
let folder: string;
const open: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-dashboard-"));
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function start(options: Partial<DashboardOptions> = {}): Promise<Dashboard> {
  const dashboard = await startDashboard({ folder, port: 0, pollMs: 20, ...options });
  open.push(() => dashboard.close());
  return dashboard;
}

async function newRuns(...names: string[]): Promise<void> {
  folder = await mkdtemp(join(root, "runs-"));
  for (const name of names)
    await writeRun(join(folder, name), { rows: [{ step: 1, l1: 0.5 }], samples: [5] });
}

interface SentEvent {
  event: string;
  id: string | null;
  data: string;
}

/** Reads server-sent events as the specification says, a blank line after each. */
async function listen(url: string, headers: Record<string, string> = {}) {
  const abort = new AbortController();
  open.push(() => abort.abort());
  const response = await fetch(url, { headers, signal: abort.signal });
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const next = async (): Promise<SentEvent> => {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end === -1) {
        const { value, done } = await reader.read();
        if (done) throw new Error("the stream ended");
        text += decoder.decode(value, { stream: true });
        continue;
      }
      const fields = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const read = (name: string) =>
        fields.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
      return {
        event: read("event")[0] ?? "message",
        id: read("id")[0] ?? null,
        data: read("data").join("\n"),
      };
    }
  };
  /** The next news of a run; news of the list is passed over. */
  const nextRun = async (): Promise<{ id: string; message: RunMessage }> => {
    for (;;) {
      const { event, id, data } = await next();
      if (event === "run") return { id: id!, message: JSON.parse(data) as RunMessage };
    }
  };
  return { response, next, nextRun, leave: () => abort.abort() };
}

/** A request with any Host header and an address that is not tidied up. */
function raw(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, path, headers }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode!, body }));
    });
    request.on("error", reject);
    request.end();
  });
}

describe("the server", () => {
  it("serves a page that may load nothing from elsewhere and run nothing that is not its own", async () => {
    await newRuns();
    const { url } = await start();
    const response = await fetch(url);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const policy = response.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain("unsafe");
    const page = await response.text();
    expect(page).not.toMatch(/<script(?![^>]*src="\/)|https?:\/\/|style=/);
    for (const name of ["main.js", "main.css", "icon.svg"])
      expect((await fetch(url + name)).status).toBe(200);
    expect((await fetch(`${url}none.js`)).status).toBe(404);
    expect((await fetch(url, { method: "POST" })).status).toBe(404);
  });

  it("answers to its own names alone", async () => {
    await newRuns("a");
    const { port } = await start();
    expect((await raw(port, "/api/runs", { Host: `localhost:${port}` })).status).toBe(200);
    for (const path of ["/", "/api/runs", "/api/stream", "/api/sample?run=a&step=5"]) {
      const { status, body } = await raw(port, path, { Host: `evil.example:${port}` });
      expect(status).toBe(403);
      expect(body).not.toContain("sheet");
    }
  });

  it("serves samples, and no other file by any name", async () => {
    await newRuns("a");
    await writeFile(join(folder, "secret.jpg"), "secret");
    await mkdir(join(folder, "b"), { recursive: true });
    const { port } = await start();
    expect(await raw(port, "/api/sample?run=a&step=5")).toEqual({ status: 200, body: "sheet 5" });
    for (const query of [
      "run=a&step=6",
      "run=a&step=..%2F..%2Fsecret",
      "run=a&step=-5",
      "run=a&step=5.0",
      "run=..&step=5",
      "run=a%2F..%2Fa&step=5",
      "run=.%2Fa&step=5",
      "run=%2Fetc&step=5",
      `run=${encodeURIComponent(join(folder, "a"))}&step=5`,
      "run=b&step=5",
      "run=&step=",
      "",
    ]) {
      expect(await raw(port, `/api/sample?${query}`), query).toMatchObject({ status: 404 });
    }
    for (const path of [
      "/../package.json",
      "/%2e%2e/package.json",
      "/a/config.json",
      "/samples/step-0000005.jpg",
    ]) {
      expect((await raw(port, path)).status, path).toBe(404);
    }
  });

  it("does not follow a sample's link out of the run's folder", async () => {
    await newRuns("a");
    await writeFile(join(folder, "secret.jpg"), "secret");
    await symlink(join(folder, "secret.jpg"), join(folder, "a", "samples", "step-0000007.jpg"));
    const { port } = await start();
    expect((await raw(port, "/api/sample?run=a&step=7")).status).toBe(404);
  });

  it("takes the next port where its own is taken, and says so where it was asked for that one", async () => {
    await newRuns();
    const taken = createServer().listen(0, "127.0.0.1");
    open.push(() => void taken.close());
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(start({ port })).rejects.toThrow(`port ${port} is taken`);
    const [first, second] = [await start({ port: null }), await start({ port: null })];
    expect(second.port).toBeGreaterThan(first.port);
  });

  it("refuses a file, and waits for a folder that is not there", async () => {
    await newRuns("a");
    await expect(startDashboard({ folder: join(folder, "a", "config.json"), port: 0 })).rejects.toThrow(
      /is no folder/,
    );
    const { url } = await start({ folder: join(folder, "later") });
    expect(await (await fetch(`${url}api/runs`)).json()).toEqual([]);
    await writeRun(join(folder, "later", "b"));
    expect(await (await fetch(`${url}api/runs`)).json()).toMatchObject([{ id: "b" }]);
  });
});

describe("the stream", () => {
  it("tells the list first, then all of a run, then what is appended", async () => {
    await newRuns("a", "b");
    const { url } = await start();
    const { response, next, nextRun } = await listen(`${url}api/stream?run=a`);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const list = await next();
    expect(list.event).toBe("runs");
    const runs = JSON.parse(list.data) as RunsMessage;
    expect([runs.complete, runs.runs.map(({ id }) => id)]).toEqual([true, ["a", "b"]]);

    const { message } = await nextRun();
    expect(message).toMatchObject({
      run: "a",
      metrics: { from: 0, stride: 1, columns: { step: { mean: [1] }, l1: { mean: [0.5] } } },
      events: { fresh: true, list: [] },
      samples: [{ step: 5 }],
      config: {},
    });
    await appendFile(join(folder, "a", "metrics.jsonl"), '{"step":2,"l1":0.25}\n{"step":3,"l1"');
    expect((await nextRun()).message).toEqual({
      run: "a",
      metrics: { from: 1, stride: 1, columns: { step: { mean: [2] }, l1: { mean: [0.25] } } },
    });
    await appendFile(join(folder, "a", "metrics.jsonl"), ":0.125}\n");
    await appendFile(
      join(folder, "a", "events.jsonl"),
      asLines([{ step: 3, kind: "monitor", monitor: "sepia" }]),
    );
    const news: RunMessage[] = [(await nextRun()).message];
    if (!news[0]!.events || !news[0]!.metrics) news.push((await nextRun()).message);
    const all = Object.assign({}, ...news) as RunMessage;
    expect(all.metrics!.columns.l1).toEqual({ mean: [0.125] });
    expect(all.events).toEqual({ fresh: false, list: [{ step: 3, kind: "monitor", monitor: "sepia" }] });
  });

  it("starts a run anew where a resumed training has cut its records short", async () => {
    await newRuns();
    const run = join(folder, "a");
    const rows = Array.from({ length: 9 }, (_, i) => ({ step: i + 1, l1: i }));
    await writeRun(run, { rows });
    const { url } = await start();
    const { nextRun } = await listen(`${url}api/stream?run=a`);
    expect((await nextRun()).message.metrics!.columns.step!.mean).toHaveLength(9);
    // As RunFolder.truncateMetrics does it, and going on at once.
    await writeFile(join(run, "metrics.jsonl.new"), asLines([...rows.slice(0, 4), { step: 5, l1: 40 }]));
    await rename(join(run, "metrics.jsonl.new"), join(run, "metrics.jsonl"));
    const { metrics } = (await nextRun()).message;
    expect(metrics).toMatchObject({
      from: 0,
      columns: { step: { mean: [1, 2, 3, 4, 5] }, l1: { mean: [0, 1, 2, 3, 40] } },
    });
  });

  it("goes on after Last-Event-ID, and tells everything after an id that means nothing here", async () => {
    await newRuns("a");
    const { url } = await start();
    const first = await listen(`${url}api/stream?run=a`);
    const { id } = await first.nextRun();
    first.leave();
    await appendFile(join(folder, "a", "metrics.jsonl"), '{"step":2,"l1":0.25}\n');
    const { message } = await (await listen(`${url}api/stream?run=a`, { "Last-Event-ID": id })).nextRun();
    expect(message).toEqual({
      run: "a",
      metrics: { from: 1, stride: 1, columns: { step: { mean: [2] }, l1: { mean: [0.25] } } },
    });
    const strange = (await (await listen(`${url}api/stream?run=a`, { "Last-Event-ID": "a=1~2~3" })).nextRun())
      .message;
    expect(strange).toMatchObject({
      metrics: { from: 0 },
      events: { fresh: true },
      samples: [{ step: 5 }],
      config: {},
    });
  });

  it("sends a long run in at most 2,000 points a series, with its extremes", async () => {
    await newRuns();
    const rows = Array.from({ length: 12_345 }, (_, i) => ({ step: i + 1, l1: i === 6789 ? 77 : 1 }));
    await writeRun(join(folder, "a"), { rows });
    const { url } = await start();
    const { nextRun } = await listen(`${url}api/stream?run=a`);
    let metrics = (await nextRun()).message.metrics!;
    while (metrics.columns.step!.mean.at(-1) !== 12_345)
      metrics = (await nextRun()).message.metrics ?? metrics;
    if (metrics.from === 0) {
      expect(metrics.columns.l1!.mean.length).toBeLessThanOrEqual(2000);
      expect(Math.max(...(metrics.columns.l1!.high as number[]))).toBe(77);
    }
    const whole = (await (await listen(`${url}api/stream?run=a`)).nextRun()).message.metrics!;
    expect(whole.columns.l1!.mean.length).toBeLessThanOrEqual(2000);
    expect(whole.columns.l1!.mean.length).toBeGreaterThan(1000);
    expect(Math.max(...(whole.columns.l1!.high as number[]))).toBe(77);
  });

  it("tells once of a run that cannot be read, and goes on with the others", async () => {
    await newRuns("a", "b");
    await rm(join(folder, "a", "metrics.jsonl"));
    await mkdir(join(folder, "a", "metrics.jsonl"));
    const errors: unknown[] = [];
    const { url } = await start({ onError: (error) => errors.push(error) });
    const { nextRun } = await listen(`${url}api/stream?run=a&run=b`);
    let { message } = await nextRun();
    while (message.run !== "b") message = (await nextRun()).message;
    await appendFile(join(folder, "b", "metrics.jsonl"), '{"step":2}\n');
    while (message.metrics?.columns.step!.mean.at(-1) !== 2) message = (await nextRun()).message;
    expect(errors.map(String)).toEqual([expect.stringMatching(/EISDIR/)]);
  });

  it("tells of runs that come and go", async () => {
    await newRuns("a");
    const { url } = await start();
    const { next } = await listen(`${url}api/stream?run=a`);
    const lists: RunsMessage[] = [];
    const until = async (done: (list: RunsMessage) => boolean) => {
      for (;;) {
        const { event, data } = await next();
        if (event !== "runs") continue;
        lists.push(JSON.parse(data) as RunsMessage);
        if (done(lists.at(-1)!)) return;
      }
    };
    await writeRun(join(folder, "b"));
    await until(({ runs }) => runs.some(({ id }) => id === "b"));
    await rm(join(folder, "a"), { recursive: true });
    await until(({ gone }) => gone.includes("a"));
    expect(lists.filter(({ complete }) => complete)).toHaveLength(1);
  });

  it("says that it lives while there is nothing to tell, and refuses too many pages", async () => {
    await newRuns("a");
    const { url } = await start({ heartbeatMs: 30, pollMs: 5000, maxConnections: 1 });
    const { next, leave } = await listen(`${url}api/stream?run=a`);
    const kinds: string[] = [];
    while (kinds.at(-1) !== "ping") kinds.push((await next()).event);
    expect(kinds).toEqual(["runs", "run", "ping"]);
    expect((await fetch(`${url}api/stream`)).status).toBe(503);
    leave();
    // The page that left makes room.
    await expect
      .poll(async () => {
        const response = await fetch(`${url}api/stream`);
        await response.body?.cancel();
        return response.status;
      })
      .toBe(200);
  });
});
