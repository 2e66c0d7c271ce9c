import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FolderLock } from "./folder-lock.ts";
import { stateOf, thisProcess } from "./process-identity.ts";

let root: string;
let path: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-lock-"));
  path = join(root, "lock");
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function leaveLock(change: Record<string, unknown>): Promise<void> {
  const lock = { ...(await thisProcess()), since: "2026", thread: 0, token: "of someone else", ...change };
  await writeFile(path, JSON.stringify(lock));
}

const linux = process.platform === "linux";

describe("FolderLock", () => {
  it("keeps others out until it is given back", async () => {
    const lock = await FolderLock.take(root);
    await expect(FolderLock.take(root)).rejects.toThrow(
      /another training \(process \d+ on .*\) is writing to/,
    );
    await lock.release();
    await (await FolderLock.take(root)).release();
    expect(await readdir(root)).toEqual([]);
  });

  it("goes to one of many that want it at once, also where a dead process has left one", async () => {
    await leaveLock({ pid: 2 ** 22 + 1 });
    const takers = await Promise.allSettled(Array.from({ length: 8 }, () => FolderLock.take(root)));
    expect(takers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await readdir(root)).toEqual(["lock"]);
  });

  it("is taken over from a dead process, and from one that died while writing it", async () => {
    await leaveLock({ pid: 2 ** 22 + 1 });
    await (await FolderLock.take(root)).release();
    for (const half of ["", '{"pid": 1, "ho']) {
      await writeFile(path, half);
      await (await FolderLock.take(root)).release();
    }
  });

  it("clears away what a process left that died while taking it over", async () => {
    await leaveLock({ pid: 2 ** 22 + 1 });
    await copyFile(path, `${path}.takeover`);
    const lock = await FolderLock.take(root);
    expect(await readdir(root)).toEqual(["lock"]);
    await lock.release();
    await writeFile(`${path}.takeover`, "");
    await (await FolderLock.take(root)).release();
    expect(await readdir(root)).toEqual([]);
  });

  it("is taken over where it could not be removed by this very process", async () => {
    await leaveLock({});
    await (await FolderLock.take(root)).release();
  });

  it.runIf(linux)("is taken over where another process has the dead one's number by now", async () => {
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "ignore" });
    try {
      await leaveLock({ pid: child.pid, started: "1" });
      await (await FolderLock.take(root)).release();
    } finally {
      child.kill("SIGKILL");
    }
  });

  it.runIf(linux)(
    "is taken over from before the machine was started anew, but not from another machine",
    async () => {
      await leaveLock({ boot: "an earlier one", pid: process.ppid });
      await (await FolderLock.take(root)).release();
      await leaveLock({ boot: "an earlier one", host: "elsewhere" });
      await expect(FolderLock.take(root)).rejects.toThrow(
        /on elsewhere, since 2026\).*or delete .*lock if none is running/,
      );
    },
  );

  it("stands though the machine was renamed, and where the process is in another container", async () => {
    await leaveLock({
      pid: process.ppid,
      started: null,
      host: linux ? "renamed" : (await thisProcess()).host,
    });
    await expect(FolderLock.take(root)).rejects.toThrow(/another training/);
    if (!linux) return;
    await leaveLock({ pid: 2 ** 22 + 1, namespace: "pid:[1]" });
    await expect(FolderLock.take(root)).rejects.toThrow(/another training/);
  });

  it("of an older version, which knew number and host alone, is judged by them", async () => {
    const { host } = await thisProcess();
    await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1, host, since: "2025" }));
    await (await FolderLock.take(root)).release();
    await writeFile(path, JSON.stringify({ pid: 1, host: "elsewhere", since: "2025" }));
    await expect(FolderLock.take(root)).rejects.toThrow(/process 1 on elsewhere/);
  });

  it("leaves a lock alone that another training made after it was deleted by hand", async () => {
    const lock = await FolderLock.take(root);
    await writeFile(path, "another's");
    await lock.release();
    expect(await readFile(path, "utf8")).toBe("another's");
  });
});

describe("stateOf", () => {
  it.runIf(linux)("tells a zombie from a process that runs", async () => {
    // The shell's child ends when the shell is `sleep` already, which asks for no exit code.
    const child = spawn("sh", ["-c", "sleep 0.5 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      const pid = await new Promise<number>((resolve) => {
        child.stdout.once("data", (data) => resolve(Number(data)));
      });
      const own = await thisProcess();
      await expect.poll(() => stateOf({ ...own, pid, started: null })).not.toBe("unknown");
      await expect
        .poll(async () => (await readFile(`/proc/${pid}/stat`, "utf8")).includes(") Z "), { timeout: 10_000 })
        .toBe(true);
      const stat = await readFile(`/proc/${pid}/stat`, "utf8");
      const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]!;
      expect(await stateOf({ ...own, pid, started })).toBe("ended");
      expect(await stateOf(own)).toBe("running");
    } finally {
      child.kill("SIGKILL");
    }
  });
});
