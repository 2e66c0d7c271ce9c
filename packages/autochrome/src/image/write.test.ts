import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AutochromeError } from "../errors.ts";
import { makeFolder, writeFileAtomic } from "./write.ts";

// Tests may run as root, whom permissions do not stop: the errors are injected.
vi.mock("node:fs/promises", async (importOriginal) => {
  const actual = await importOriginal<typeof import("node:fs/promises")>();
  return { ...actual, open: vi.fn(actual.open), rename: vi.fn(actual.rename) };
});

let folder = "";
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), "autochrome-write-"));
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

function errno(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code });
}

async function failure(path: string): Promise<AutochromeError> {
  const error = await writeFileAtomic(path, "new").then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AutochromeError);
  return error as AutochromeError;
}

describe("writeFileAtomic", () => {
  it("writes bytes and text, and replaces what was there", async () => {
    const path = join(folder, "a.png");
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    expect([...(await fs.readFile(path))]).toEqual([1, 2, 3]);
    await writeFileAtomic(path, "text");
    expect(await fs.readFile(path, "utf8")).toBe("text");
    expect(await fs.readdir(folder)).toEqual(["a.png"]);
  });

  it("takes names as long as the file system does", async () => {
    const name = `${"x".repeat(251)}.png`;
    await writeFileAtomic(join(folder, name), "1");
    expect(await fs.readdir(folder)).toEqual([name]);
  });

  it("says what to do when the folder is missing or is a file", async () => {
    const missing = join(folder, "none", "a.png");
    expect((await failure(missing)).message).toBe(
      `cannot write ${missing}: its folder does not exist: create it, or choose another output`,
    );
    await fs.writeFile(join(folder, "file"), "");
    expect((await failure(join(folder, "file", "a.png"))).code).toBe("ENOTDIR");
  });

  it("says so when a folder stands in the way, and leaves nothing behind", async () => {
    await fs.mkdir(join(folder, "a.png"));
    expect((await failure(join(folder, "a.png"))).message).toMatch(/a folder of that name is in the way/);
    expect(await fs.readdir(folder)).toEqual(["a.png"]);
  });

  it.each([
    ["EACCES", /permission denied: make the folder writable/],
    ["EROFS", /read-only: choose another output/],
  ])("maps %s on opening to its remedy", async (code, remedy) => {
    vi.mocked(fs.open).mockRejectedValueOnce(errno(code));
    const error = await failure(join(folder, "a.png"));
    expect(error.message).toMatch(remedy);
    expect(error).toMatchObject({ code, exitCode: 1 });
  });

  it("on a full disk keeps the old file and removes the half-written one", async () => {
    const path = join(folder, "a.png");
    await fs.writeFile(path, "old");
    const { open } = await vi.importActual<typeof import("node:fs/promises")>("node:fs/promises");
    vi.mocked(fs.open).mockImplementationOnce(async (name, flags) => {
      const file = await open(name, flags);
      file.sync = () => Promise.reject(errno("ENOSPC"));
      return file;
    });
    const error = await failure(path);
    expect(error.message).toBe(
      `cannot write ${path}: the disk is full: free some space, or choose another output`,
    );
    expect(error.code).toBe("ENOSPC");
    expect(await fs.readFile(path, "utf8")).toBe("old");
    expect(await fs.readdir(folder)).toEqual(["a.png"]);
  });

  it("removes the temporary file when renaming fails", async () => {
    vi.mocked(fs.rename).mockRejectedValueOnce(errno("EPERM"));
    expect((await failure(join(folder, "a.png"))).code).toBe("EPERM");
    expect(await fs.readdir(folder)).toEqual([]);
  });
});

describe("makeFolder", () => {
  it("makes what is missing, also when several do so at once", async () => {
    const path = join(folder, "a", "b", "c");
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(path)));
    expect((await fs.stat(path)).isDirectory()).toBe(true);
    expect(await makeFolder(path)).toBeNull();
    expect(await makeFolder(join(folder, "d", "e"))).toBe(join(folder, "d"));
  });
});
