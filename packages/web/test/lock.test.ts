import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "../build/lock.ts";

describe("withLock", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "autochrome-lock-"));
    file = join(folder, "lock");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("lets one at a time in, and gives way after a failure too", async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
      if (most > 0) throw new Error("as planned");
    };
    const results = await Promise.allSettled([1, 2, 3].map(() => withLock(file, work)));
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(most).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  it("takes over from a process that is gone", async () => {
    // Above Linux's highest process number.
    writeFileSync(file, "99999999");
    expect(await withLock(file, async () => "done")).toBe("done");
  });
});
