import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-tensors-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const tensor = (name: string, shape: number[], values: number[]) => ({
  name,
  shape,
  read: async () => Float32Array.from(values),
});

describe("safetensors", () => {
  it("is laid out as the format says", async () => {
    const path = join(root, "x.safetensors");
    await writeSafetensors(path, [tensor("a", [2], [1, -2]), tensor("b", [], [0.5])], { made: "by hand" });
    const bytes = await readFile(path);
    const length = Number(bytes.readBigUInt64LE(0));
    expect((8 + length) % 8).toBe(0);
    expect(JSON.parse(bytes.subarray(8, 8 + length).toString())).toEqual({
      __metadata__: { made: "by hand" },
      a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
      b: { dtype: "F32", shape: [], data_offsets: [8, 12] },
    });
    expect([0, 4, 8].map((offset) => bytes.readFloatLE(8 + length + offset))).toEqual([1, -2, 0.5]);
    expect(bytes.length).toBe(8 + length + 12);
  });

  it("reads back what it wrote, for any names, shapes and values", async () => {
    let file = 0;
    const entry = fc.record({
      name: fc
        .string({ unit: "binary", minLength: 1 })
        .filter((name) => name !== "__metadata__" && name !== "__proto__"),
      shape: fc.array(fc.nat(3), { maxLength: 3 }),
      seed: fc.float({ noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 5 }),
        async (entries) => {
          const sources = entries.map(({ name, shape, seed }) => {
            const size = shape.reduce((a, b) => a * b, 1);
            return tensor(name, shape, Array(size).fill(Math.fround(seed)));
          });
          const path = join(root, `${file++}.safetensors`);
          await writeSafetensors(path, sources);
          const { tensors } = await readSafetensors(path);
          expect(tensors.size).toBe(sources.length);
          for (const { name, shape, read } of sources) {
            expect(tensors.get(name)).toEqual({ shape, data: await read() });
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("refuses what is cut short, garbled or of another type", async () => {
    const path = join(root, "x.safetensors");
    await writeSafetensors(path, [tensor("a", [3], [1, 2, 3])]);
    const bytes = await readFile(path);
    const refuse = async (content: Uint8Array, message: RegExp) => {
      const bad = join(root, "bad.safetensors");
      await writeFile(bad, content);
      await expect(readSafetensors(bad)).rejects.toThrow(message);
    };
    await refuse(bytes.subarray(0, bytes.length - 1), /cut short/);
    await refuse(bytes.subarray(0, 5), /cut short/);
    await refuse(Buffer.from(bytes.toString("latin1").replace("{", "["), "latin1"), /header is not JSON/);
    await refuse(Buffer.from(bytes.toString("latin1").replace("F32", "F16"), "latin1"), /'a' is F16/);
    await refuse(
      Buffer.from(bytes.toString("latin1").replace("[3]", "[4]"), "latin1"),
      /does not fit its shape/,
    );
    await refuse(Buffer.alloc(64, 255), /no sensible length/);
    await expect(readSafetensors(join(root, "none"))).rejects.toThrow(/none/);
  });

  it("never writes over a file", async () => {
    const path = join(root, "x.safetensors");
    await writeFile(path, "precious");
    await expect(writeSafetensors(path, [])).rejects.toThrow(/x.safetensors/);
    expect(await readFile(path, "utf8")).toBe("precious");
  });

  it("lets the failure of a tensor be known as what it is", async () => {
    const failing = { name: "a", shape: [1], read: () => Promise.reject(new Error("device lost")) };
    await expect(writeSafetensors(join(root, "x.safetensors"), [failing])).rejects.toThrow(/^device lost$/);
  });
});
