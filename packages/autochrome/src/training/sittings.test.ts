import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { loadCheckpoint } from "./checkpoint.ts";
import type { PartialConfig } from "./config/index.ts";
import type { TrainEvents } from "./events.ts";
import { readRunConfig, resolveConfig, train } from "./index.ts";
import { makePhotos, testConfig, withoutClock } from "./testing.ts";

let root: string;
let photos: string;
let whole: Awaited<ReturnType<typeof resultOf>>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-sittings-"));
  photos = await makePhotos(root);
  await train(config("whole"));
  whole = await resultOf(folder("whole"));
});
afterAll(() => rm(root, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

const folder = (name: string) => join(root, "runs", name);

/** Phase 2 begins after step 2; validations after 3 and 6, checkpoints after 2, 4 and 6. */
const config = (name: string, flags: PartialConfig = {}) =>
  testConfig({ photos: [photos], run: folder(name), ...flags });

async function lines(run: string, file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(run, file), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function resultOf(run: string) {
  const rows = await lines(run, "metrics.jsonl");
  return {
    metrics: rows.map(withoutClock),
    samples: await readdir(join(run, "samples")),
    tensors: (await readFile(join(run, "checkpoints", "last", "tensors.safetensors"))).toString("base64"),
  };
}

/** Ends a training at the first call of an event, as Ctrl-C would at that moment. */
async function interrupt(name: string, event: keyof TrainEvents, flags: PartialConfig = {}) {
  const stop = new AbortController();
  return train(config(name, flags), { [event]: () => stop.abort() }, { signal: stop.signal });
}

const resume = (name: string, flags: PartialConfig = {}, events: TrainEvents = {}) =>
  train(config(name, flags), events, { resume: true });

describe("a run that is interrupted", () => {
  it.each([
    ["onStart", 0],
    ["onStep", 1],
    ["onValidation", 3],
    ["onSample", 3],
  ] as const)("in %s is saved at step %i and goes on to the same end", async (event, step) => {
    const first = await interrupt(event, event);
    expect([first.ended, first.step]).toEqual(["interrupted", step]);
    expect((await loadCheckpoint(folder(event), "last"))!.state.step).toBe(step);
    await resume(event);
    expect(await resultOf(folder(event))).toEqual(whole);
  });

  it("while the photos are looked through leaves nothing behind, or what was there before", async () => {
    const aborted = (error: unknown) => error instanceof Error && error.name === "AbortError";
    await expect(interrupt("scanning", "onScanProgress")).rejects.toSatisfy(aborted);
    await expect(stat(folder("scanning"))).rejects.toThrow();
    await interrupt("scanning", "onStep");
    const stop = new AbortController();
    const events = { onScanProgress: () => stop.abort() };
    const again = train(config("scanning"), events, { resume: true, signal: stop.signal });
    await expect(again).rejects.toSatisfy(aborted);
    await resume("scanning");
    expect(await resultOf(folder("scanning"))).toEqual(whole);
  });
});

describe("a run that is resumed", () => {
  it("at its end says so and changes nothing", async () => {
    const before = await lines(folder("whole"), "events.jsonl");
    const { mtimeMs } = await stat(join(folder("whole"), "checkpoints", "last"));
    const told: string[] = [];
    const result = await resume("whole", {}, { onNotice: (message) => told.push(message) });
    expect([result.ended, result.step]).toEqual(["done", 6]);
    expect(told).toEqual(["this run has reached its end already (--steps 6): name a later one to go on"]);
    expect(await lines(folder("whole"), "events.jsonl")).toEqual(before);
    expect((await stat(join(folder("whole"), "checkpoints", "last"))).mtimeMs).toBe(mtimeMs);
  });

  it("from another folder goes on there", async () => {
    await interrupt("here", "onValidation");
    await rename(folder("here"), folder("there"));
    const saved = await readRunConfig(folder("there"));
    await train(resolveConfig({ saved, flags: { run: folder("there") } }), {}, { resume: true });
    expect(await resultOf(folder("there"))).toEqual(whole);
    expect((await readRunConfig(folder("there"))).run).toBe(folder("there"));
  });

  it("from an older version, which knew fewer settings and less of its state, goes on", async () => {
    await interrupt("older", "onValidation");
    const paths = [
      join(folder("older"), "config.json"),
      join(folder("older"), "checkpoints/last/state.json"),
    ];
    for (const path of paths) {
      const document = JSON.parse(await readFile(path, "utf8"));
      for (const settings of [document, document.config ?? {}]) {
        delete settings.chromaWeight;
        delete settings.gradientClip;
      }
      delete document.rollbacks;
      delete document.monitors?.spoke;
      await writeFile(path, JSON.stringify(document));
    }
    await resume("older");
    expect(await resultOf(folder("older"))).toEqual(whole);
  });

  it("keeps the best of a validation that `last` does not know of yet", async () => {
    const scores = [0.5, 0.9, 0.1];
    const options = { score: async () => ({ score: scores.shift()!, metrics: {} }) };
    const killed = { validateEvery: 1, checkpointEvery: 4 };
    const events: TrainEvents = {
      onStep: ({ step }) => {
        if (step === 3) throw new Error("killed");
      },
    };
    await expect(train(config("best", killed), events, options)).rejects.toThrow("killed");
    expect((await loadCheckpoint(folder("best"), "last"))!.state.step).toBe(0);
    // Without validations the best of the first sitting stays known; the last one is worse.
    const { best } = await train(
      config("best", { ...killed, validateEvery: 0 }),
      {},
      { ...options, resume: true },
    );
    expect(best).toEqual({ step: 2, score: 0.9, metrics: {} });
    expect((await loadCheckpoint(folder("best"), "best"))!.state.step).toBe(2);
  });

  it("forgets samples and events of steps that will be made anew", async () => {
    const events: TrainEvents = {
      onStep: ({ step }) => {
        if (step === 5) throw new Error("killed");
      },
    };
    const flags = { validateEvery: 1, checkpointEvery: 2, steps: 5 };
    await expect(train(config("forgets", flags), events)).rejects.toThrow("killed");
    await writeFile(join(folder("forgets"), ".config.json.1.00c0ffee.tmp"), "half");
    await writeFile(join(folder("forgets"), "events.jsonl"), '{"step":5,"kind":"monitor"}\n{"ste', {
      flag: "a",
    });
    await resume("forgets", { ...flags, validateEvery: 4 });
    const samples = await readdir(join(folder("forgets"), "samples"));
    expect(samples).toEqual([1, 2, 3, 4, 5].map((step) => `step-000000${step}.jpg`));
    const told = (await lines(folder("forgets"), "events.jsonl")).map(({ kind, step }) => `${kind} ${step}`);
    expect(told).toEqual(["started 0", "adversarial phase 2", "resumed 4", "done 5"]);
    expect(await readdir(folder("forgets"))).not.toContain(".config.json.1.00c0ffee.tmp");
  });

  it("is refused where config.json was changed since the checkpoint", async () => {
    await interrupt("edited", "onStep");
    const path = join(folder("edited"), "config.json");
    const saved = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...saved, lambda: 7, flip: false }));
    const edited = resolveConfig({ saved: await readRunConfig(folder("edited")) });
    await expect(train(edited, {}, { resume: true })).rejects.toThrow(
      /was made with flip true, not false; lambda 100, not 7: set its config.json back to resume it/,
    );
  });

  it("repeats itself whatever the system's clock says", async () => {
    let wrong = 0;
    const now = Date.now;
    vi.spyOn(Date, "now").mockImplementation(() => {
      wrong = wrong > 0 ? -1e12 : 1e12;
      return now() + wrong;
    });
    await interrupt("clock", "onValidation");
    await resume("clock");
    expect(await resultOf(folder("clock"))).toEqual(whole);
  });
});

describe("photos", () => {
  it("that vanish are told of once, and others take their place; without any the checkpoint is kept", async () => {
    const source = await makePhotos(join(root, "vanishing"), 8);
    const skipped: string[] = [];
    const remove = async (count: number) => {
      for (const name of (await readdir(source)).slice(0, count)) await rm(join(source, name));
    };
    const removals: Promise<void>[] = [];
    const flags = { photos: [source], cacheMegabytes: 0, steps: 60, checkpointEvery: 50, validateEvery: 0 };
    const training = train(config("vanishing", flags), {
      onStep: ({ step }) => {
        if (step === 2) removals.push(remove(3));
        if (step === 30) removals.push(remove(8));
      },
      onSkip: ({ path }) => skipped.push(path),
    });
    await expect(training).rejects.toThrow(/None of the \d photos can be decoded any more/);
    await Promise.all(removals);
    expect(new Set(skipped).size).toBe(skipped.length);
    const { step } = (await loadCheckpoint(folder("vanishing"), "last"))!.state;
    expect(step).toBeGreaterThanOrEqual(30);
    expect((await lines(folder("vanishing"), "metrics.jsonl")).at(-1)!.step).toBe(step);
  });

  it("to validate on are refused among those to train on, or left out of training if so wished", async () => {
    const val = await makePhotos(join(root, "val"), 2);
    await expect(train(config("overlap", { val }))).rejects.toThrow(
      /2 of the photos in .*val.* are also among those to train on \(the same content: .*val.*png is .*png\)/,
    );
    const told: string[] = [];
    const flags: PartialConfig = { val, valOverlap: "exclude", steps: 1 };
    await train(config("overlap", flags), { onNotice: (message) => told.push(message) });
    expect(told[0]).toMatch(/^2 photos are left out of training: --val holds them too/);
    await expect(train(config("same", { val: photos, valOverlap: "exclude" }))).rejects.toThrow(
      /every photo to train on is also in .*: name other photos, or leave --val out/,
    );
  });

  it("may not hold the run's folder", async () => {
    await expect(train(config("x", { run: join(photos, "runs/x") }))).rejects.toThrow(
      /lies among the photos in .*photos.*: name one outside with --run/,
    );
  });
});

const mountable = (() => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
if (!mountable)
  console.warn("SKIPPED: trainings on a full and on a read-only disk; mounting one needs root.");

describe.skipIf(!mountable)("a run on a disk of its own", () => {
  let disk: string;
  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), "autochrome-disk-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "none", disk]);
  });
  afterAll(async () => {
    execFileSync("umount", ["-l", disk]);
    await rm(disk, { recursive: true, force: true });
  });
  const onDisk = (name: string) => config(name, { run: join(disk, name) });

  it("that fills up ends with a message and a whole checkpoint, and goes on to the same end", async () => {
    const run = onDisk("full");
    const ballast = join(disk, "ballast");
    const fill = () => {
      try {
        execFileSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4k"], { stdio: "ignore" });
      } catch {
        // So it ends when the disk is full.
      }
    };
    await expect(train(run, { onValidation: fill })).rejects.toThrow(/the disk is full: free some space/);
    expect((await loadCheckpoint(run.run!, "last"))!.state.step).toBe(2);
    await expect(train(run, {}, { resume: true })).rejects.toThrow(/the disk is full/);
    await rm(ballast);
    await train(run, {}, { resume: true });
    expect(await resultOf(run.run!)).toEqual(whole);
  });

  it("that turns read-only does the same", async () => {
    const run = onDisk("read-only");
    const remount = (how: string) => execFileSync("mount", ["-o", `remount,${how}`, disk]);
    try {
      await expect(train(run, { onValidation: () => remount("ro") })).rejects.toThrow(
        /the file system is read-only/,
      );
      expect((await loadCheckpoint(run.run!, "last"))!.state.step).toBe(2);
      await expect(train(run, {}, { resume: true })).rejects.toThrow(/the file system is read-only/);
      await expect(train(onDisk("new"))).rejects.toThrow(/cannot write .*new: the file system is read-only/);
    } finally {
      remount("rw");
    }
    await train(run, {}, { resume: true });
    expect(await resultOf(run.run!)).toEqual(whole);
  });
});

describe.skipIf(process.getuid?.() === 0)("a folder that may not be written to", () => {
  it("is told of with the remedy", async () => {
    const closed = await mkdtemp(join(root, "closed-"));
    execFileSync("chmod", ["555", closed]);
    await expect(train(config("x", { run: join(closed, "x") }))).rejects.toThrow(
      /permission denied: make the folder/,
    );
  });
});
