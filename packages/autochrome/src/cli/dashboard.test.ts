import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDashboard } from "../dashboard/index.ts";
import { runCli } from "./run.ts";
import { watched } from "./testing.ts";
import { serveTraining } from "./train-dashboard.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-cli-dashboard-"));
  await mkdir(join(root, "a"));
  await writeFile(join(root, "a", "config.json"), "{}");
  await writeFile(join(root, "a", "metrics.jsonl"), "");
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("dashboard", () => {
  it("serves until it is interrupted, and says where", async () => {
    const stop = new AbortController();
    const { io, text } = watched(stop.signal);
    const code = runCli(["dashboard", root, "--port", "0", "--json"], io);
    await expect.poll(() => text.out, { timeout: 20_000 }).toMatch(/}/);
    const { url } = JSON.parse(text.out) as { url: string };
    expect(await (await fetch(`${url}api/runs`)).json()).toMatchObject([{ id: "a", state: "interrupted" }]);
    expect(text.err).toBe("");
    stop.abort();
    expect(await code).toBe(130);
    await expect(fetch(url)).rejects.toThrow();
  });

  it("warns where others can reach it", async () => {
    const stop = new AbortController();
    const { io, text } = watched(stop.signal);
    const code = runCli(["dashboard", root, "--port", "0", "--host", "0.0.0.0"], io);
    await expect.poll(() => text.err, { timeout: 20_000 }).toMatch(/Ctrl-C ends it/);
    expect(text.err).toMatch(/warning: everyone who reaches this machine at 0\.0\.0\.0 can see the runs/);
    stop.abort();
    expect(await code).toBe(130);
  });

  it.each([
    ["dashboard a b", 2, /name one folder/],
    ["dashboard /no/such/folder", 2, /there is no folder \/no\/such\/folder/],
    ["dashboard --port many", 2, /--port/],
    ["dashboard --port 70000", 2, /--port/],
    ["dashboard --prot 1", 2, /Did you mean --port/],
    ["train photos --dashboard-port many", 2, /--dashboard-port/],
  ])("refuses %s", async (line, expected, message) => {
    const { io, text } = watched();
    expect(await runCli(line.split(" "), io)).toBe(expected);
    expect(text.err).toMatch(message);
  });
});

describe("serveTraining", () => {
  it("names the run in the address, and gives way where the port is taken", async () => {
    const other = await startDashboard({ folder: root, port: 0 });
    const { io, text } = watched();
    const dashboard = await serveTraining(join(root, "new run"), 0, io);
    expect(text.err).toContain(`dashboard: ${dashboard!.url}?run=new+run (ends with the training)`);
    expect(await serveTraining(join(root, "b"), other.port, io)).toBeNull();
    expect(text.err).toMatch(/note: the dashboard cannot listen: port \d+ is taken/);
    await dashboard!.close();
    await other.close();
  });
});
