import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uniformGenerator } from "../src/models/index.ts";
import { loadCheckpoint } from "../src/training/checkpoint.ts";
import { makePhotos, withoutClock } from "../src/training/testing.ts";
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

interface Sitting {
  child: ChildProcess;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; said: string }>;
}

/** Starts a training in a process of its own, from where the run's folder stands. */
function start(run: string, sabotage: Sabotage, steps: number): Sitting {
  const settings =
    "--preset tiny --pretrain-steps 10 --checkpoint-every 3 --validate-every 4 --validation-photos 2 --dropout 0.5 " +
    "--min-colourfulness 0 --threads 1";
  // A process that died before there was a run is simply started again.
  const words = existsSync(join(run, "config.json"))
    ? ["train", "--resume", "--run", run]
    : ["train", photos, "--run", run, "--steps", String(steps), ...settings.split(" ")];
  const argv = ["--import", "tsx", "--import", SABOTAGE, "--conditions=development", MAIN, ...words];
  const env = { ...process.env, [VARIABLE]: JSON.stringify(sabotage) };
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "ignore", "pipe"], env });
  let said = "";
  child.stderr.on("data", (data) => {
    said += data;
  });
  const ended = new Promise<Awaited<Sitting["ended"]>>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, said }));
  });
  return { child, ended };
}

/** @param killAfter milliseconds */
async function sit(run: string, sabotage: Sabotage, killAfter?: number): Promise<"ended" | "killed"> {
  const { child, ended } = start(run, sabotage, 24);
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
  const { code, signal, said } = await ended;
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
    metrics: lines("metrics.jsonl").map(withoutClock),
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

describe("signals", () => {
  const stepOf = async (run: string) => (await loadCheckpoint(run, "last"))?.state.step ?? -1;

  /** Sends signals once a training has made steps, and returns how it ended. */
  async function signal(run: string, ...signals: NodeJS.Signals[]) {
    const before = await stepOf(run);
    const { child, ended } = start(run, {}, 1_000_000);
    while (child.exitCode === null && (await stepOf(run)) <= Math.max(0, before)) await wait(20);
    for (const name of signals) child.kill(name);
    return ended;
  }

  it("SIGTERM and Ctrl-C save and exit with 130; a second one ends at once, with a whole checkpoint", async () => {
    const run = join(root, "signalled");
    const first = await signal(run, "SIGTERM");
    expect(first.code).toBe(130);
    expect(first.said).toMatch(
      /ending after this step[\s\S]*saved at step \d+. Go on with: .*--resume --run/,
    );
    expect(await stepOf(run)).toBe(Number(/saved at step (\d+)/.exec(first.said)![1]));
    // Two different ones: of the same, the system may deliver just one.
    const second = await signal(run, "SIGINT", "SIGTERM");
    expect(second.code).toBe(130);
    expect(second.said).not.toMatch(/saved at step/);
    expect(await stepOf(run)).toBeGreaterThan(0);
    const third = await signal(run, "SIGINT");
    expect(third.code).toBe(130);
    expect(third.said).toMatch(/saved at step/);
  }, 120_000);

  it("two trainings of one run at once: the second is told who is at it", async () => {
    const run = join(root, "twice");
    const { child, ended } = start(run, {}, 1_000_000);
    try {
      while (child.exitCode === null && (await stepOf(run)) < 0) await wait(20);
      const { code, said } = await start(run, {}, 1_000_000).ended;
      expect(said).toMatch(
        new RegExp(`another training \\(process ${child.pid} on .*\\) is writing to .*twice`),
      );
      expect(code).toBe(1);
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  }, 120_000);
});
