import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uniformGenerator } from "../src/models/index.ts";
import { loadCheckpoint } from "../src/training/checkpoint.ts";
import { makePhotos } from "../src/training/testing.ts";
import { OPERATIONS, type Sabotage, VARIABLE } from "./sabotage.ts";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const SABOTAGE = new URL("./sabotage.ts", import.meta.url).href;
const KILLS = 10;
const YEAR_MS = 365 * 24 * 3600 * 1000;

let root: string;
let photos: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "autochrome-kill-"));
  photos = await makePhotos(root, 12, 80);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/**
 * Trains in a process of its own, from where the run's folder stands.
 *
 * @param killAfter milliseconds
 */
async function sit(run: string, sabotage: Sabotage, killAfter?: number): Promise<"ended" | "killed"> {
  const settings =
    "--preset tiny --steps 24 --pretrain-steps 10 --checkpoint-every 3 --validate-every 4 --validation-photos 2 " +
    "--dropout 0.5 --on-instability adapt --min-colourfulness 0 --threads 1";
  // A process that died before there was a run is simply started again.
  const words = existsSync(join(run, "config.json"))
    ? ["train", "--resume", "--run", run]
    : ["train", photos, "--run", run, ...settings.split(" ")];
  const argv = ["--import", "tsx", "--import", SABOTAGE, "--conditions=development", MAIN, ...words];
  const env = { ...process.env, [VARIABLE]: JSON.stringify(sabotage) };
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "ignore", "pipe"], env });
  let said = "";
  child.stderr.on("data", (data) => {
    said += data;
  });
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on("close", (...how) => resolve(how));
  });
  clearTimeout(timer);
  if (signal === "SIGKILL") return "killed";
  expect([code, said]).toEqual([0, said]);
  return "ended";
}

/** All that a finished run leaves, but for the clock's doing and the folder's name. */
function resultOf(run: string): Record<string, unknown> {
  const lines = (file: string) =>
    readFileSync(join(run, file), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const result: Record<string, unknown> = {
    files: readdirSync(run, { recursive: true }).sort(),
    metrics: lines("metrics.jsonl").map(({ imagesPerSecond: _, ...row }) => row),
    phases: lines("events.jsonl")
      .filter(({ kind }) => kind === "adversarial phase" || kind === "done")
      .map(({ time: _, ...row }) => row),
  };
  for (const name of ["last", "best"]) {
    const folder = join(run, "checkpoints", name);
    const { seconds: _, config, ...state } = JSON.parse(readFileSync(join(folder, "state.json"), "utf8"));
    result[`${name} state`] = { ...state, config: { ...config, run: null } };
    result[`${name} tensors`] = readFileSync(join(folder, "tensors.safetensors")).toString("base64");
  }
  for (const name of readdirSync(join(run, "samples"))) {
    result[name] = readFileSync(join(run, "samples", name)).toString("base64");
  }
  return result;
}

describe("a run killed ten times", () => {
  it("ends with the bytes of one that was never stopped, and can be read after every kill", async () => {
    const whole = join(root, "whole");
    const began = performance.now();
    await sit(whole, {});
    const length = performance.now() - began;
    const expected = resultOf(whole);

    const uniform = uniformGenerator(20260725);
    let runs = 1;
    let kills = 0;
    let run = join(root, `killed-${runs}`);
    const seen = { last: false, best: false };
    const told: string[] = [];
    while (kills < KILLS) {
      const clock = { off: (uniform() - 0.5) * 20 * YEAR_MS, drift: (uniform() - 0.5) * YEAR_MS };
      // By turns anywhere between start and end, and in the midst of writing something.
      const anywhere = kills % 2 === 0;
      const after = anywhere ? uniform() * length : undefined;
      const operation = OPERATIONS[Math.floor(uniform() * OPERATIONS.length)]!;
      const nth = 1 + Math.floor(uniform() * 12);
      const end = await sit(
        run,
        anywhere ? { clock } : { clock, kill: { operation, nth, folder: run } },
        after,
      );
      told.push(`${run.slice(-1)} ${anywhere ? `${after!.toFixed(0)} ms` : `${operation} ${nth}`} ${end}`);
      if (end === "ended") {
        expect(resultOf(run)).toEqual(expected);
        run = join(root, `killed-${++runs}`);
        Object.assign(seen, { last: false, best: false });
        continue;
      }
      kills++;
      for (const name of ["last", "best"] as const) {
        const checkpoint = await loadCheckpoint(run, name);
        // What has been there once is there for ever.
        expect([told, name, checkpoint !== null || !seen[name]]).toEqual([told, name, true]);
        seen[name] = checkpoint !== null;
        told.push(`${name} ${checkpoint?.state.step}`);
      }
    }
    await sit(run, {});
    expect(resultOf(run)).toEqual(expected);
  }, 180_000);
});
