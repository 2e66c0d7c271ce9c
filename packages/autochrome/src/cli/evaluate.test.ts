import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
// The tiny network is the inference tests' own; nothing but tests may use it.
import { tinyModel } from "../inference/testing.ts";
import { runCommand } from "./testing.ts";

let root: string;
let photos: string;
let model: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "autochrome-cli-evaluate-"));
  photos = join(root, "photos");
  model = join(root, "net.onnx");
  mkdirSync(photos);
  writeFileSync(model, tinyModel());
  const create = { width: 24, height: 16, channels: 3 as const, background: "#c64" };
  await sharp({ create }).toFile(join(photos, "a.png"));
  writeFileSync(join(photos, "broken.jpg"), "");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const cli = (...argv: string[]) => runCommand(argv);

describe("evaluate", () => {
  it("prints tables on stdout, messages on stderr, and counts what it left out", async () => {
    const { code, out, err } = await cli("evaluate", photos, "--model", model);
    expect(code).toBe(0);
    expect(out).toMatch(/^1 photo; mean over photos.*network +gray +mean.*Discriminator: none/s);
    expect(err).toMatch(/linear 1\.0\.0 without a discriminator, on 2 photos/);
    expect(err).toMatch(/warning: left out: .*broken\.jpg/);
    expect(err).toMatch(/warning: 1 of 2 photos could not be read and were left out\n$/);
  });

  it("prints one JSON document with --json, and little else with --quiet", async () => {
    const { code, out, err } = await cli("evaluate", photos, "--model", model, "--json", "--quiet");
    expect([code, err]).toEqual([0, "warning: 1 of 2 photos could not be read and were left out\n"]);
    expect(JSON.parse(out)).toMatchObject({ photos: 1, discriminator: null });
  });

  it("compares several networks in one table", async () => {
    const other = join(root, "other.onnx");
    writeFileSync(other, tinyModel({ slope: [0, 0.3], metadata: { name: "other" } }));
    const both = ["--model", model, "--model", other];
    const { code, out, err } = await cli("evaluate", photos, ...both);
    expect(code).toBe(0);
    expect(out).toMatch(/\n +linear +other +gray +mean +better\n.*Difference to linear on the same photos/s);
    expect(err).toMatch(/linear, other on 2 photos/);
    const json = JSON.parse((await cli("evaluate", photos, ...both, "--json", "--quiet")).out);
    expect(json.models.map(({ name }: { name: string }) => name)).toEqual(["linear", "other"]);
    expect(json.comparison.reference).toBe("linear");
    const wrong = await cli("evaluate", photos, ...both, "--discriminator", model);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/--discriminator is for one network/)]);
  });

  it("exits 2 on wrong usage and 1 on failure, with one line", async () => {
    const cases: [string[], number, RegExp][] = [
      [[], 2, /name a folder of colour photos/],
      [[photos, "--long-side", "2"], 2, /--long-side must be a whole number/],
      [[photos, "--limit", "0"], 2, /--limit must be/],
      [[join(root, "none"), "--model", model], 1, /There is no .*none/],
      [[photos, "--model", join(root, "none.onnx")], 1, /there is no model/],
      [[photos, "--model", join(photos, "a.png")], 1, /damaged or not an ONNX file/],
      [[join(photos, "broken.jpg"), "--model", model, "--quiet"], 1, /none of 1 photos can be read/],
    ];
    for (const [argv, expected, message] of cases) {
      const { code, out, err } = await cli("evaluate", ...argv);
      const lines = err.trim().split("\n");
      expect([code, out, lines.at(-1)]).toEqual([expected, "", expect.stringMatching(message)]);
    }
  });
});

describe("export", () => {
  it("exits 2 on wrong usage and 1 on failure, with one line", async () => {
    const cases: [string[], number, RegExp][] = [
      [[], 2, /name one run's folder/],
      [["a", "b"], 2, /name one run's folder/],
      [["a", "--checkpoint", "first"], 2, /--checkpoint must be one of best, last, pretrained/],
      [["a", "--weights", "int4"], 2, /--weights must be one of float32, float16, int8/],
      [["a", "--measure", photos], 2, /--measure tells what .* costs: add --weights float16 or int8/],
      [[join(root, "none"), "--weights", "int8", "--measure", photos], 1, /there is no run/],
      [[join(root, "none")], 1, /there is no run/],
      [[photos], 1, /holds no checkpoint/],
      [[photos, "--metrics", model], 1, /is no evaluation/],
    ];
    for (const [argv, expected, message] of cases) {
      const { code, out, err } = await cli("export", ...argv);
      expect([code, out, err]).toEqual([expected, "", expect.stringMatching(message)]);
      expect(err.trim().split("\n")).toHaveLength(1);
    }
  });
});
