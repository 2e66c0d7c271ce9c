import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { AutochromeError } from "../errors.ts";
import { uniformGenerator } from "../models/index.ts";
import { loadCheckpoint } from "./checkpoint.ts";
import type { Fault, FaultyDisk } from "./faulty-disk.ts";
import { train } from "./index.ts";
import { makePhotos, testConfig, withoutClock } from "./testing.ts";

const made = vi.hoisted(() => ({ disk: null as FaultyDisk | null }));
vi.mock("node:fs/promises", async (original) => {
  const { FaultyDisk } = await import("./faulty-disk.ts");
  made.disk = new FaultyDisk();
  return made.disk.wrap(await original());
});

let disk: FaultyDisk;
let root: string;
let photos: string;
/** What an undisturbed run leaves, and the changes to the disk that it makes. */
let expected: Record<string, unknown>;
let changes: string[];

beforeAll(async () => {
  disk = made.disk!;
  root = await mkdtemp(join(tmpdir(), "autochrome-crash-"));
  photos = await makePhotos(root, 4, 16);
  disk.mend();
  await sit(join(root, "whole"));
  changes = [...disk.log];
  expected = await resultOf(join(root, "whole"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Validations after steps 2 and 4, one within L1 and the second within the GAN; checkpoints after 3 and 4. */
async function sit(run: string): Promise<void> {
  const config = testConfig({
    photos: [photos],
    run,
    steps: 4,
    pretrainSteps: 2,
    validateEvery: 2,
    checkpointEvery: 3,
    width: 1,
    discriminatorWidth: 1,
  });
  await train(config, {}, { resume: await exists(join(run, "config.json")) });
}

/** Every file of a run, without the clock's doing and the folder's name. */
async function resultOf(run: string): Promise<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const entry of await readdir(run, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    const text = bytes.toString().replaceAll(run, "");
    const lines = () =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const name = path.slice(run.length + 1);
    if (entry.name === "events.jsonl") {
      result[name] = lines().flatMap(({ kind, step }) => (kind === "adversarial phase" ? [step] : []));
    } else if (entry.name === "metrics.jsonl") {
      result[name] = lines().map(withoutClock);
    } else if (entry.name === "state.json") {
      const { seconds: _, ...state } = JSON.parse(text) as Record<string, unknown>;
      result[name] = state;
    } else {
      result[name] = entry.name.endsWith(".json") ? JSON.parse(text) : bytes.toString("base64");
    }
  }
  return result;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The moments to fail at: each kind of change to each file, where it comes first and where it comes last. */
function moments(): number[] {
  const kinds = changes.map((change) => change.replace(root, "").replace(/[0-9a-f]*\d[0-9a-f]*/g, ""));
  return kinds.flatMap((kind, at) =>
    kinds.indexOf(kind) === at || kinds.lastIndexOf(kind) === at ? [at] : [],
  );
}

async function expectReadable(run: string, when: string): Promise<void> {
  for (const name of ["last", "best"] as const) {
    const error = await loadCheckpoint(run, name).then(
      () => null,
      (failure: Error) => failure.message,
    );
    expect([when, error]).toEqual([when, null]);
  }
}

describe("a run whose process dies at a change to the disk", () => {
  it("can be read after it, and resumed to the same bytes, whichever change it is", async () => {
    const uniform = uniformGenerator(1);
    // The last change of all removes the lock: nothing is left to be killed then.
    for (const at of moments().slice(0, -1)) {
      const run = join(root, `killed-${at}`);
      const when = `killed at ${changes[at]!.replace(root, "")}`;
      disk.failAt(at, "killed");
      await expect(sit(run), when).rejects.toThrow();
      disk.mend();
      await expectReadable(run, when);
      // Again, somewhere in the sitting that resumes it: there is more than one way in.
      if (uniform() < 0.4) {
        disk.failAt(Math.floor(uniform() * 60), "killed");
        await sit(run).catch(() => {});
        disk.mend();
        await expectReadable(run, `${when}, and again`);
      }
      await sit(run);
      expect([when, await resultOf(run)]).toEqual([when, expected]);
      await rm(run, { recursive: true });
    }
  });
});

describe("a run whose disk refuses", () => {
  const faults: [Exclude<Fault, "killed">, RegExp][] = [
    ["ENOSPC", /the disk is full: free some space/],
    ["EROFS", /the file system is read-only: choose another/],
    ["EACCES", /permission denied: make the folder writable/],
  ];
  it.each(faults)(
    "ends with a remedy at any change (%s), and resumes once it takes again",
    async (code, remedy) => {
      const uniform = uniformGenerator(2);
      for (const at of moments().filter(() => uniform() < 0.2)) {
        const run = join(root, `${code}-${at}`);
        const when = `${code} at ${changes[at]!.replace(root, "")}`;
        disk.failAt(at, code, true);
        const error = await sit(run).then(
          () => null,
          (failure: unknown) => failure,
        );
        disk.mend();
        await expectReadable(run, when);
        // A full disk still lets files be removed; what failed to be tidied up at the very end is no failure.
        if (error !== null) {
          expect([when, error]).toEqual([when, expect.any(AutochromeError)]);
          expect([when, (error as Error).message]).toEqual([when, expect.stringMatching(remedy)]);
          await sit(run);
        }
        expect([when, await resultOf(run)]).toEqual([when, expected]);
        await rm(run, { recursive: true });
      }
    },
  );
});
