import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FileTail, lastLines } from "./tail.ts";

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-tail-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));
const newPath = () => join(root, `${count++}.jsonl`);

describe("FileTail", () => {
  it("reads what was appended, and nothing twice", async () => {
    const path = newPath();
    await writeFile(path, "a\nb\n");
    const tail = new FileTail(path);
    expect(await tail.read()).toEqual({ restarted: false, lines: ["a", "b"], more: false });
    expect(await tail.read()).toEqual({ restarted: false, lines: [], more: false });
    await appendFile(path, "c\n");
    expect((await tail.read()).lines).toEqual(["c"]);
  });

  it("waits for the end of a line, also within a character", async () => {
    const path = newPath();
    const line = Buffer.from('{"name":"Größe"}\n');
    await writeFile(path, line.subarray(0, 12));
    const tail = new FileTail(path);
    // Nor is there a reason to read on at once.
    expect(await tail.read()).toEqual({ restarted: false, lines: [], more: false });
    await appendFile(path, line.subarray(12, -1));
    expect((await tail.read()).lines).toEqual([]);
    await appendFile(path, "\n");
    expect((await tail.read()).lines).toEqual(['{"name":"Größe"}']);
  });

  it("starts anew where the file was cut short", async () => {
    const path = newPath();
    await writeFile(path, "1\n2\n3\n");
    const tail = new FileTail(path);
    await tail.read();
    await truncate(path, 4);
    expect(await tail.read()).toEqual({ restarted: true, lines: ["1", "2"], more: false });
  });

  it("starts anew where another file took its place, though it is longer", async () => {
    const path = newPath();
    await writeFile(path, "1\n2\n3\n");
    const tail = new FileTail(path);
    await tail.read();
    await writeFile(`${path}.new`, "1\n2\n33\n4\n5\n");
    await rename(`${path}.new`, path);
    expect(await tail.read()).toEqual({ restarted: true, lines: ["1", "2", "33", "4", "5"], more: false });
  });

  it("notices that a file was written over in place and has grown since", async () => {
    const path = newPath();
    await writeFile(path, "1\n2\n3\n");
    const tail = new FileTail(path);
    await tail.read();
    await writeFile(path, "1\n2\n9\n4\n");
    expect(await tail.read()).toMatchObject({ restarted: true, lines: ["1", "2", "9", "4"] });
  });

  it("takes a missing file for an empty one, and one that vanished for a new beginning", async () => {
    const path = newPath();
    const tail = new FileTail(path);
    expect(await tail.read()).toEqual({ restarted: false, lines: [], more: false });
    await writeFile(path, "1\n");
    expect(await tail.read()).toEqual({ restarted: false, lines: ["1"], more: false });
    await rm(path);
    expect(await tail.read()).toEqual({ restarted: true, lines: [], more: false });
    expect((await tail.read()).restarted).toBe(false);
  });

  it("leaves out a line longer than a chunk, and reads the next", async () => {
    const path = newPath();
    await writeFile(path, `short\n${"x".repeat(100)}\nlast\n`);
    const tail = new FileTail(path, 16);
    const lines: string[] = [];
    for (let more = true; more; ) {
      const chunk = await tail.read();
      expect(chunk.restarted).toBe(false);
      lines.push(...chunk.lines);
      more = chunk.more;
    }
    expect(lines).toEqual(["short", "last"]);
  });

  it("gives the same lines however the file grows and whenever it is read", async () => {
    const writes = fc.array(
      fc.record({ text: fc.string({ maxLength: 12 }), ends: fc.boolean(), read: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(writes, async (steps) => {
        const path = newPath();
        const tail = new FileTail(path, 64);
        const lines: string[] = [];
        const readAll = async () => {
          for (let more = true; more; ) {
            const chunk = await tail.read();
            lines.push(...chunk.lines);
            more = chunk.more && chunk.lines.length > 0;
          }
        };
        let whole = "";
        for (const { text, ends, read } of steps) {
          // Lines stay below the chunk's length, as above is another test.
          const piece =
            text.replaceAll("\n", "") + (ends || whole.length - whole.lastIndexOf("\n") > 12 ? "\n" : "");
          await appendFile(path, piece);
          whole += piece;
          if (read) await readAll();
        }
        await appendFile(path, "\n");
        await readAll();
        expect(lines).toEqual(`${whole}\n`.split("\n").slice(0, -1));
      }),
      { numRuns: 40 },
    );
  });
});

describe("lastLines", () => {
  it("gives the complete lines at the end, of so many bytes", async () => {
    const path = newPath();
    await writeFile(path, "first\nsecond\nthird\nhalf");
    expect(await lastLines(path, 1000)).toEqual(["first", "second", "third"]);
    expect(await lastLines(path, 13)).toEqual(["third"]);
    expect(await lastLines(join(root, "none"), 10)).toEqual([]);
  });
});
