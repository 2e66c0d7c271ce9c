import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findRuns, Summaries } from "./run-list.ts";
import { writeRun } from "./testing.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-run-list-"));
  for (const name of ["run-10", "run-2", "sweep/a", "too/deep/for/this"]) await writeRun(join(root, name));
  await mkdir(join(root, "no-run"));
  await writeFile(join(root, "no-run", "config.json"), "{}");
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("findRuns", () => {
  it("finds runs below a folder in the order of their numbers, and a run itself", async () => {
    expect((await findRuns(root, 3)).map(({ id }) => id)).toEqual(["run-2", "run-10", "sweep/a"]);
    expect((await findRuns(root, 1)).map(({ id }) => id)).toEqual(["run-2", "run-10"]);
    expect(await findRuns(join(root, "run-2"), 3)).toEqual([{ id: "run-2", folder: join(root, "run-2") }]);
  });

  it("finds nothing in a folder that is not there, and does not follow links", async () => {
    expect(await findRuns(join(root, "none"), 3)).toEqual([]);
    await symlink(join(root, "run-2"), join(root, "sweep", "link"), "dir");
    expect((await findRuns(root, 3)).map(({ id }) => id)).not.toContain("sweep/link");
  });
});

describe("Summaries", () => {
  const summary = (name: string) => new Summaries().of({ id: name, folder: join(root, name) });
  const lock = (name: string, pid: number, host = hostname()) =>
    writeFile(join(root, name, "lock"), JSON.stringify({ pid, host }));

  it("tells where a run is", async () => {
    await writeRun(join(root, "told"), {
      config: { preset: "tiny", steps: 8 },
      rows: [
        { step: 1 },
        { step: 2, epoch: 0.5, progress: 0.25, secondsLeft: 30 },
        { step: 2, validation: {} },
      ],
      events: [{ step: 0, kind: "started" }],
    });
    await lock("told", process.pid);
    expect(await summary("told")).toMatchObject({
      state: "running",
      step: 2,
      epoch: 0.5,
      progress: 0.25,
      secondsLeft: 30,
      preset: "tiny",
    });
  });

  it.each([
    [{ steps: 8, epochs: null, minutes: null }, { step: 2 }, 0.25],
    [{ steps: 8, epochs: 2, minutes: 1 }, { step: 2, epoch: 1.5, seconds: 30 }, 0.75],
    [{ steps: null, minutes: 2 }, { step: 2, seconds: 240 }, 1],
    [{}, { step: 2 }, null],
  ])("works the progress out where rows do not tell it: %j", async (config, row, progress) => {
    await writeRun(join(root, "old"), { config, rows: [row], events: [{ step: 0, kind: "started" }] });
    expect((await summary("old")).progress).toBe(progress);
  });

  it.each([
    ["done", "finished"],
    ["interrupted", "interrupted"],
    ["unstable", "unstable"],
  ])("a run whose last word is %s is %s", async (kind, state) => {
    const events = [
      { step: 0, kind: "started" },
      { step: 4, kind },
      { step: 4, kind: "monitor" },
    ];
    await writeRun(join(root, "ended"), { events });
    expect((await summary("ended")).state).toBe(state);
    await writeRun(join(root, "ended"), { events: [...events, { step: 4, kind: "resumed" }] });
    await lock("ended", process.pid);
    expect((await summary("ended")).state).toBe("running");
  });

  it("a run without a last word lives as long as its process, and stalls where that writes nothing", async () => {
    const folder = join(root, "silent");
    await writeRun(folder, { events: [{ step: 0, kind: "started" }] });
    expect((await summary("silent")).state).toBe("interrupted");
    await lock("silent", 2 ** 22 + 1);
    expect((await summary("silent")).state).toBe("interrupted");
    await lock("silent", process.pid);
    expect((await summary("silent")).state).toBe("running");
    // Of another machine's processes nothing is known but what they write.
    await lock("silent", 1, "elsewhere.example");
    expect((await summary("silent")).state).toBe("running");
    const before = new Date(Date.now() - 10 * 60_000);
    for (const name of ["metrics.jsonl", "events.jsonl", "config.json"])
      await utimes(join(folder, name), before, before);
    expect((await summary("silent")).state).toBe("stalled");
  });
});
