import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { runLine } from "../src/cli/testing.ts";
import { grayPhoto, head, send, Wire } from "./server-harness.ts";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const PATIENCE = { timeout: 20_000 };
const started: ChildProcess[] = [];
let photo: Buffer;
beforeAll(async () => {
  photo = await grayPhoto();
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** Starts the real program. */
async function serve(...flags: string[]) {
  const node = ["--import", "tsx", "--conditions=development"];
  const words = ["serve", "--port", "0", "--json", "--no-page", "--workers", "1", ...flags];
  const child = spawn(process.execPath, [...node, MAIN, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said.err += chunk;
  });
  await expect.poll(() => said.out, { timeout: 50_000 }).toMatch(/\n}/);
  const { url, port } = JSON.parse(said.out) as { url: string; port: number };
  const workers = childrenOf(child.pid!);
  expect(workers).toHaveLength(1);
  const ended = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  return { child, url, port, workers, said, ended };
}

function childrenOf(pid: number): number[] {
  const table = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" });
  const rows = table.split("\n").map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, parent, ...words]) => Number(parent) === pid && words.join(" ").includes("worker"))
    .map(([id]) => Number(id));
}

/** Whether a process runs; one that has ended and was not yet buried does not. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

describe("SIGTERM", () => {
  it("lets photos under way be answered, takes no more, and ends with 0 and no process left", async () => {
    const { child, url, port, workers, ended } = await serve();
    // Stopped, the worker has its photo for as long as the test wants.
    process.kill(workers[0]!, "SIGSTOP");
    const wire = new Wire(port).send(head({ "Content-Length": photo.length })).send(photo);
    await expect
      .poll(async () => (await (await fetch(`${url}metrics`)).text()).includes("autochrome_in_flight 1"))
      .toBe(true);
    child.kill("SIGTERM");
    await expect.poll(async () => (await fetch(`${url}readyz`)).status, PATIENCE).toBe(503);
    expect((await fetch(`${url}healthz`)).status).toBe(200);
    const late = await send(url, photo);
    expect(late.status).toBe(503);
    expect(late.headers.get("retry-after")).toBe("5");
    expect(late.headers.get("connection")).toBe("close");
    expect(await late.json()).toMatchObject({ code: "draining" });
    process.kill(workers[0]!, "SIGCONT");
    expect((await wire.reply()).status).toBe(200);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(workers.filter(isAlive)).toEqual([]);
  });

  it("gives up what takes longer than --drain-seconds", async () => {
    const { child, url, port, workers, said, ended } = await serve("--drain-seconds", "0.2");
    process.kill(workers[0]!, "SIGSTOP");
    const wire = new Wire(port).send(head({ "Content-Length": photo.length })).send(photo);
    await expect
      .poll(async () => (await (await fetch(`${url}metrics`)).text()).includes("autochrome_in_flight 1"))
      .toBe(true);
    child.kill("SIGTERM");
    expect(await ended).toEqual({ code: 0, signal: null });
    await wire.end();
    expect(said.err).toMatch(/1 photo was given up: --drain-seconds/);
    expect(workers.filter(isAlive)).toEqual([]);
  });

  it("a second signal ends it at once, with its workers", async () => {
    const { child, url, port, workers, ended } = await serve();
    process.kill(workers[0]!, "SIGSTOP");
    new Wire(port).send(head({ "Content-Length": photo.length })).send(photo);
    await expect
      .poll(async () => (await (await fetch(`${url}metrics`)).text()).includes("autochrome_in_flight 1"))
      .toBe(true);
    child.kill("SIGTERM");
    await expect.poll(async () => (await fetch(`${url}readyz`)).status, PATIENCE).toBe(503);
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 130, signal: null });
    process.kill(workers[0]!, "SIGCONT");
    await expect.poll(() => workers.filter(isAlive), { timeout: 20_000 }).toEqual([]);
  });
});

it("no worker outlives a server that is killed", async () => {
  const { child, workers, ended } = await serve();
  child.kill("SIGKILL");
  expect(await ended).toEqual({ code: null, signal: "SIGKILL" });
  await expect.poll(() => workers.filter(isAlive), { timeout: 20_000 }).toEqual([]);
});

it("a worker that is killed costs one request, and the server goes on", async () => {
  const { url, workers, said } = await serve();
  process.kill(workers[0]!, "SIGSTOP");
  const answer = send(url, photo);
  await expect
    .poll(async () => (await (await fetch(`${url}metrics`)).text()).includes("autochrome_in_flight 1"))
    .toBe(true);
  process.kill(workers[0]!, "SIGKILL");
  expect(await (await answer).json()).toMatchObject({ status: 500, code: "worker-crashed" });
  let status = 503;
  while (status === 503) {
    const again = await send(url, photo);
    status = again.status;
    if (status === 503) await wait(100 * Number(again.headers.get("retry-after")));
  }
  expect(status).toBe(200);
  expect(said.err).toMatch(/note: a worker was ended by SIGKILL/);
});

describe("serve", () => {
  it.each([
    ["serve here", /takes flags alone/],
    ["serve --port 70000", /--port/],
    ["serve --workers 0", /--workers must be a whole number from 1 to 256/],
    ["serve --max-megabyte 1", /Did you mean --max-megabytes/],
    ["serve --max-megabytes -1", /--max-megabytes must be a number from 0.001 to 1000/],
    ["serve --max-requests 1.5", /--max-requests must be a whole number/],
    ["serve --allow-origin photos.example", /must be an origin such as/],
    ["serve --allow-origin https://photos.example/", /Did you mean https:\/\/photos.example\?/],
    ["serve --allow-origin *", /must be an origin such as/],
    ["serve --allow-host https://photos.example", /without scheme and port/],
    ["serve --model no-such-network", /there is no model 'no-such-network'/],
    ["serve --no-page --host no.such.host.example --port 0", /cannot listen|is no address/],
  ])("refuses %s", async (line, message) => {
    const { code, err } = await runLine(line);
    expect(err).toMatch(message);
    expect(code).toBeGreaterThan(0);
  });
});
