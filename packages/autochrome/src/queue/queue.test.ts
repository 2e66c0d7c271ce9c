import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AutochromeError } from "../errors.ts";
import { readError } from "../image/index.ts";
import { withoutCredentials } from "./connection.ts";
import { describeReason, pathMatcher } from "./dead-letters.ts";
import { type Found, findPhotos } from "./inputs.ts";
import { GiveBack, Intake } from "./intake.ts";
import { type Batch, batchId, jobId } from "./jobs.ts";
import { removeLeftovers } from "./leftovers.ts";
import { isMissing, isShared, mayPass } from "./outcome.ts";
import { PathTable } from "./path-table.ts";
import { placeOf, storedPath } from "./places.ts";
import { planJobs } from "./plan.ts";
import { ratePerSecond } from "./status.ts";

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "autochrome-queue-parts-")));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

const BATCH: Batch = {
  model: { name: "linear", version: "1.0.0", sha256: "0".repeat(64) },
  rooted: false,
  mark: true,
};

describe("a job's id", () => {
  it("is a letter and 96 bits of SHA-256 over options and result", () => {
    const expected = createHash("sha256").update("batch\0/out/a.color.jpg").digest("base64url").slice(0, 16);
    expect(jobId("batch", "/out/a.color.jpg")).toBe(`p${expected}`);
  });

  it("changes with the result and with each option, and with nothing else", () => {
    const id = (batch: Batch, output = "/a") => jobId(batchId(batch), output);
    expect(id({ ...BATCH })).toBe(id({ mark: true, rooted: false, model: { ...BATCH.model } }));
    const others = [
      id(BATCH, "/b"),
      id({ ...BATCH, rooted: true }),
      id({ ...BATCH, size: 256 }),
      id({ ...BATCH, saturation: 256 }),
      id({ ...BATCH, quality: 256 }),
      id({ ...BATCH, tones: "keep" }),
      id({ ...BATCH, format: "png" }),
      id({ ...BATCH, mark: false }),
      id({ ...BATCH, model: { ...BATCH.model, sha256: "1".repeat(64) } }),
    ];
    expect(new Set([id(BATCH), ...others]).size).toBe(others.length + 1);
  });
});

describe("PathTable", () => {
  it("says what a Map would, however many paths it holds", () => {
    const path = fc.nat({ max: 3000 }).map((n) => `photo ${n}`);
    const pairs = fc.array(fc.tuple(path, path), { maxLength: 5000, minLength: 3000 });
    fc.assert(
      fc.property(pairs, (list) => {
        const table = new PathTable();
        const map = new Map<string, string>();
        for (const [input, output] of list) {
          const before = map.get(output);
          const expected = before === undefined ? "new" : before === input ? "same" : "other";
          if (before === undefined) map.set(output, input);
          if (table.add(input, output) !== expected) return false;
        }
        return table.size === map.size;
      }),
      { numRuns: 10 },
    );
  });
});

describe("lists", () => {
  const listed = async (chunks: (string | Buffer)[], nul = false) => {
    const found = await all(findPhotos(["-"], { stdin: Readable.from(chunks), nul, root: "/root" }));
    return found.map((item) => ("path" in item ? item.path : `error ${item.input}`));
  };

  it("are read by lines, wherever the stream is cut", async () => {
    const names = ["plain.jpg", "zwölf Köpfe.png", "a/b/c.TIF", " spaces .jpg"];
    const text = Buffer.from(`\uFEFF# comment\r\n${names.join("\r\n")}\n\n`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: text.length }), { maxLength: 6 }), async (cuts) => {
        const ends = [0, ...cuts.sort((a, b) => a - b), text.length];
        const chunks = ends.slice(1).map((end, n) => text.subarray(ends[n], end));
        expect(await listed(chunks)).toEqual(names.map((name) => join("/root", name)));
      }),
      { numRuns: 30 },
    );
  });

  it("are read by NUL characters, where names may hold anything else", async () => {
    expect(await listed(["a\n.jpg\0#b.jpg\0"], true)).toEqual(["/root/a\n.jpg", "/root/#b.jpg"]);
  });

  it("pass over earlier results, and refuse what is no photo's name", async () => {
    expect(await listed(["a.color.jpg\na.jpg\nnotes.doc\n"])).toEqual(["/root/a.jpg", "error notes.doc"]);
  });
});

describe("folders", () => {
  it("are searched whole, hidden names and earlier results passed over, links that go in a circle ended", async () => {
    const top = join(folder, "walk");
    mkdirSync(join(top, "b", ".hidden"), { recursive: true });
    for (const name of [
      "z.jpg",
      "a.PNG",
      "a.color.png",
      ".c.jpg",
      "notes.txt",
      "b/k.tif",
      "b/.hidden/x.jpg",
    ]) {
      writeFileSync(join(top, name), "");
    }
    symlinkSync(top, join(top, "b", "up"));
    symlinkSync(join(top, "nowhere"), join(top, "b", "dangling.jpg"));
    const found = await all(findPhotos([top], { stdin: Readable.from([]), nul: false, root: null }));
    expect(found).toEqual(
      ["a.PNG", "b/k.tif", "z.jpg"].map((name) => ({ path: join(top, name), base: top })),
    );
  });

  it("that are missing or hold no photo are errors, and the next input is still read", async () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    const photo = join(folder, "one.jpg");
    writeFileSync(photo, "");
    const inputs = [join(folder, "none"), empty, join(folder, "*.gif"), photo];
    const found = await all(findPhotos(inputs, { stdin: Readable.from([]), nul: false, root: null }));
    expect(found.map((item) => ("error" in item ? item.error.code : item.path))).toEqual([
      "NOT_FOUND",
      "NO_PHOTOS",
      "NO_PHOTOS",
      photo,
    ]);
  });
});

describe("planJobs", () => {
  const plan = async (
    found: Found[],
    options: { out?: string; format?: "jpeg"; root?: string | null } = {},
  ) => {
    const source = Readable.from(found) as AsyncIterable<Found>;
    const planned = await all(planJobs(source, { batch: "b", root: null, ...options }));
    return planned.map((item) => ("job" in item ? [item.job.i, item.job.o] : item.error.code));
  };

  it("names results as colorize does, and keeps paths relative to a root", async () => {
    const found = { path: "/r/in/x/a.gif", base: "/r/in" };
    expect(await plan([found])).toEqual([["/r/in/x/a.gif", "/r/in/x/a.color.png"]]);
    expect(await plan([found], { out: "/r/out", format: "jpeg", root: "/r" })).toEqual([
      ["in/x/a.gif", "out/x/a.color.jpg"],
    ]);
  });

  it("takes a photo that is named twice once, and refuses a second one of the same result", async () => {
    const one = { path: "/a/x.png", base: null };
    expect(await plan([one, one, { path: "/b/x.png", base: null }], { out: "/out" })).toEqual([
      ["/a/x.png", "/out/x.color.png"],
      "SAME_OUTPUT",
    ]);
    expect(await plan([{ path: "/elsewhere/x.png", base: null }], { root: "/r" })).toEqual(["OUTSIDE_ROOT"]);
  });
});

describe("a root", () => {
  it("is never left: not by '..', not by an absolute path, not through a link", async () => {
    const root = join(folder, "root");
    mkdirSync(join(root, "in"), { recursive: true });
    mkdirSync(join(folder, "secret"));
    writeFileSync(join(folder, "secret", "x.jpg"), "");
    symlinkSync(join(folder, "secret"), join(root, "link"));
    symlinkSync(join(root, "in"), join(root, "inner"));
    expect(await placeOf("in/..x.jpg", root)).toBe(join(root, "in", "..x.jpg"));
    expect(await placeOf("inner/new/x.jpg", root)).toBe(join(root, "inner", "new", "x.jpg"));
    for (const path of [
      "../secret/x.jpg",
      "in/../../secret/x.jpg",
      "in/../x.jpg",
      "/etc/passwd",
      "link/x.jpg",
      "link/new/x",
      "a\0b",
    ]) {
      await expect(placeOf(path, root)).rejects.toMatchObject({ code: "OUTSIDE_ROOT" });
    }
    await expect(placeOf("relative.jpg", null)).rejects.toMatchObject({ code: "BAD_JOB" });
  });

  it("is where stored paths come back to", async () => {
    const name = fc
      .string({ minLength: 1, maxLength: 8 })
      .filter((part) => !/[\\/\0]/.test(part) && !/^\.+$/.test(part));
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 4 }), async (parts) => {
        const path = join(folder, ...parts);
        expect(await placeOf(storedPath(path, folder), folder)).toBe(path);
      }),
      { numRuns: 50 },
    );
    expect(() => storedPath("/elsewhere", folder)).toThrow(/lies outside the root/);
  });
});

describe("failures", () => {
  const errno = (code: string) => Object.assign(new Error(code), { code });
  const damaged = (detail: string) =>
    new AutochromeError("the file is damaged", { code: "DAMAGED", cause: new Error(detail) });

  it("that no second attempt mends are given up at once, and no others", () => {
    const passing = ["ENOENT", "EIO", "ENOSPC", "EAGAIN", "EMFILE", "ESTALE", "ETIMEDOUT"];
    for (const code of passing) expect([code, mayPass(readError("x", errno(code)))]).toEqual([code, true]);
    for (const code of ["EACCES", "EISDIR", "ENAMETOOLONG"])
      expect(mayPass(readError("x", errno(code)))).toBe(false);
    const folderError = new AutochromeError("no folder", { code: "OUTPUT_FOLDER", cause: errno("EACCES") });
    expect(mayPass(folderError)).toBe(false);
    expect(mayPass(damaged("VipsJpeg: premature end"))).toBe(false);
    expect(mayPass(damaged("read: Input/output error"))).toBe(true);
    expect(mayPass(new Error("Failed to allocate memory"))).toBe(true);
  });

  it("that all photos share are known", () => {
    expect(isShared(readError("x", errno("ENOSPC")))).toBe(true);
    expect(isShared(readError("x", errno("ENOENT")))).toBe(false);
    expect(isMissing(readError("x", errno("ENOENT")))).toBe(true);
  });

  it("of dead workers are told in our words", () => {
    expect(describeReason("job stalled more than allowable limit")).toMatch(/ended or hung twice/);
    expect(describeReason("other")).toBe("other");
  });
});

describe("temporary files of a dead worker", () => {
  it("are removed where they are this job's, and no others", async () => {
    const out = join(folder, "out");
    mkdirSync(out);
    const names = [
      ".a.color.png.pMine.1f.tmp",
      ".a.color.png.pOther.1f.tmp",
      "a.pMine.1.tmp",
      ".a.pMine.1.png",
    ];
    for (const name of names) writeFileSync(join(out, name), "");
    await removeLeftovers(join(out, "a.color.png"), "pMine");
    const { readdirSync } = await import("node:fs");
    expect(readdirSync(out).sort()).toEqual(names.slice(1).sort());
  });
});

describe("ratePerSecond", () => {
  const minute = 60_000;
  const start = 1000 * minute;

  it("weighs the minute before by what of it lies within the last 60 seconds", () => {
    // 20 s into a minute: 40 in it, 90 in the one before, of which two thirds count: 100 in 60 s.
    const meta = { count: 340, prevCount: 300, prevTS: start + 100 };
    expect(ratePerSecond(meta, [90, 210], start + 20_000)).toBeCloseTo(100 / 60, 9);
    // The next minute has begun, and none is done in it: 40, of which a half counts.
    expect(ratePerSecond(meta, [90, 210], start + minute + 30_000)).toBeCloseTo(20 / 60, 9);
    expect(ratePerSecond(meta, [90, 210], start + 2 * minute)).toBe(0);
  });

  it("takes a queue's first seconds for what they are", () => {
    expect(ratePerSecond({ count: 30, prevCount: 0, prevTS: start + 50_000 }, [], start + 55_000)).toBe(6);
    expect(ratePerSecond({ count: 0, prevCount: 0, prevTS: 0 }, [], start)).toBe(0);
  });
});

describe("patterns", () => {
  it.each([
    ["box-1", "/a/box-12/x.jpg", true],
    ["/a/*.jpg", "/a/b/x.jpg", true],
    ["*.jpg", "/a/x.jpeg", false],
    ["/a/?.jpg", "/a/x.jpg", true],
    ["/a/(1)*", "/a/(1).jpg", true],
    ["/a/.*", "/a/x.jpg", false],
  ])("%s and %s", (pattern, path, matches) => {
    expect(pathMatcher(pattern)(path)).toBe(matches);
  });
});

describe("a Redis URL", () => {
  it("is shown without user and password", () => {
    expect(withoutCredentials("redis://anna:secret@host/3")).toBe("redis://host:6379/3");
    expect(withoutCredentials("rediss://:secret@host:7000")).toBe("rediss://host:7000");
    const text = fc.stringMatching(/^[\w!$&'()*+,;=-]{6,20}$/);
    fc.assert(
      fc.property(text, text, (user, password) => {
        const shown = withoutCredentials(`redis://${user}x:${password}y@h`);
        expect(shown).toBe("redis://h:6379");
      }),
    );
  });

  it.each(["localhost:6379", "http://u:secret@host", "redis://", "redis://:se cret@ho st", ""])(
    "is refused: %s",
    (url) => {
      expect(() => withoutCredentials(url)).toThrow(/that is no Redis URL/);
      try {
        withoutCredentials(url);
      } catch (error) {
        expect(String(error)).not.toMatch(/secret|se cret/);
      }
    },
  );
});

describe("Intake", () => {
  it("lets a suspect photo run when all others have ended, and nothing else meanwhile", async () => {
    const calls: string[] = [];
    const intake = new Intake({
      pause: async () => void calls.push("pause"),
      resume: async () => void calls.push("resume"),
    });
    let others = 2;
    const suspect = intake.byItself(
      () => others === 0,
      async () => calls.push(`run with ${others}`),
    );
    expect(intake.alone).toBe(true);
    await expect(
      intake.byItself(
        () => true,
        async () => 1,
      ),
    ).rejects.toThrow(GiveBack);
    expect(intake.rest(100)).toBe(true);
    expect(intake.rest(100)).toBe(false);
    others = 0;
    await suspect;
    // The rest is not over.
    expect([intake.alone, ...calls]).toEqual([false, "pause", "run with 0"]);
    while (calls.length < 3) await new Promise((wake) => setTimeout(wake, 10));
    expect(calls[2]).toBe("resume");
  });
});
