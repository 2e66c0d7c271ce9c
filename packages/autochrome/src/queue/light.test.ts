import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

/** Whether a process has loaded ioredis, which BullMQ needs, after importing modules. */
function loadsRedis(...modules: string[]): boolean {
  const urls = modules.map((module) => new URL(module, import.meta.url).href);
  const script = `
    const { createRequire } = await import("node:module");
    for (const url of ${JSON.stringify(urls)}) await import(url);
    const loaded = Object.keys(createRequire(${JSON.stringify(import.meta.url)}).cache);
    console.log(loaded.some((path) => path.includes("/ioredis/")));`;
  const flags = ["--import", "tsx", "--conditions=development", "--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout === "true\n";
}

it("is loaded by its own commands alone, and by them only once they run", () => {
  const commands = [
    "colorize",
    "queue",
    "queue-add",
    "queue-status",
    "queue-failed",
    "queue-control",
    "worker",
  ];
  expect(loadsRedis("../index.ts", ...commands.map((name) => `../cli/${name}.ts`))).toBe(false);
  // The check itself works.
  expect(loadsRedis("./index.ts")).toBe(true);
});
