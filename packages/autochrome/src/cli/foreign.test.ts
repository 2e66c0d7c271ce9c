import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rgbToLab } from "../color/index.ts";
// The synthetic networks are the inference tests' own; nothing but tests may use them.
import { foreignModel } from "../inference/foreign/testing.ts";
import { BUILT_IN_ADAPTERS } from "../inference/index.ts";
import { tinyModel } from "../inference/testing.ts";
import { runCommand } from "./testing.ts";

let root: string;
let photo: string;
let model: string;
let declared: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "autochrome-cli-foreign-"));
  photo = join(root, "photo.png");
  model = join(root, "downloaded.onnx");
  const create = { width: 40, height: 24, channels: 3 as const, background: "#808080" };
  await sharp({ create }).toFile(photo);
  // a* = 20 and b* = -10 everywhere.
  writeFileSync(model, foreignModel({ weights: [[0], [0]], bias: [20, -10], height: 64, width: 64 }));
  mkdirSync(join(root, "declared"));
  declared = join(root, "declared", "downloaded.onnx");
  copyFileSync(model, declared);
  const adapter = {
    name: "flat",
    license: "CC0",
    meanChroma: [5, 5],
    input: { space: "L", range: [0, 100] },
    size: { rule: "stretch", width: 64, height: 64 },
    output: { space: "ab" },
  };
  writeFileSync(join(root, "declared", "downloaded.json"), JSON.stringify(adapter));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const cli = (...argv: string[]) => runCommand(argv);

describe("colorize", () => {
  it("colours with other people's network, declared by name or beside the file", async () => {
    for (const argv of [
      ["--model", model, "--adapter", "eccv16"],
      ["--model", declared],
    ]) {
      const out = join(root, "out.png");
      const { code, err } = await cli("colorize", photo, "-o", out, "--overwrite", ...argv);
      expect([code, err]).toEqual([0, expect.stringMatching(/1 ok, 0 skipped, 0 failed/)]);
      const lab = rgbToLab(new Uint8Array(await sharp(out).removeAlpha().raw().toBuffer()));
      expect([...lab.subarray(0, 3)]).toEqual([
        expect.closeTo(53.6, 0),
        expect.closeTo(20, 0),
        expect.closeTo(-10, 0),
      ]);
    }
  });

  it("exits 1 with one line that helps where nothing is declared", async () => {
    const { code, out, err } = await cli("colorize", photo, "--model", model, "-o", join(root, "none.png"));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^error: '.*downloaded\.onnx' is not an Autochrome network.*--adapter eccv16.*\n$/);
    const needless = join(root, "ours.onnx");
    writeFileSync(needless, tinyModel());
    expect(await cli("colorize", photo, "--model", needless, "--adapter", "eccv16")).toMatchObject({
      code: 2,
    });
  });

  it("names all built-in adapters in its help", async () => {
    for (const command of ["colorize", "evaluate"]) {
      const { out } = await cli(command, "--help");
      for (const name of BUILT_IN_ADAPTERS) expect(out).toMatch(new RegExp(`[ ,]${name},`));
    }
  });
});

describe("evaluate", () => {
  it("measures other people's network as our own", async () => {
    const colour = join(root, "colour.png");
    const create = { width: 48, height: 32, channels: 3 as const, background: "#c64" };
    await sharp({ create }).toFile(colour);
    const bare = await cli("evaluate", colour, "--model", model, "--adapter", "eccv16", "--json");
    expect(bare.code).toBe(0);
    expect(bare.err).toMatch(/downloaded [0-9a-f]{8} without a discriminator.*names no mean chroma/s);
    const json = JSON.parse(bare.out);
    // The truth is a flat a*, b*; painted are 20 and -10.
    const [, a, b] = rgbToLab(Uint8Array.of(0xcc, 0x66, 0x44));
    expect(json.model.abMae.mean).toBeCloseTo((Math.abs(a! - 20) + Math.abs(b! + 10)) / 2, 0);
    expect(json.discriminator).toBeNull();
    const declaredMean = await cli("evaluate", colour, "--model", declared, "--json");
    expect(declaredMean.err).not.toMatch(/mean chroma/);
    const { baselines } = JSON.parse(declaredMean.out);
    expect(baselines.mean.abMae.mean).toBeCloseTo((Math.abs(a! - 5) + Math.abs(b! - 5)) / 2, 0);
  });

  it("compares it with our own on the same photos", async () => {
    const ours = join(root, "mine.onnx");
    writeFileSync(ours, tinyModel({ metadata: { card: { meanChroma: [3, 4] } } }));
    const other = join(root, "other.onnx");
    copyFileSync(model, other);
    writeFileSync(join(root, "other.adapter.json"), '"eccv16"');
    const both = ["evaluate", photo, "--model", ours, "--model", other];
    const { code, out, err } = await cli(...both);
    expect([code, err]).toEqual([0, expect.stringMatching(/linear, other on 1 photos/)]);
    expect(out).toMatch(/linear.*other/);
    expect(await cli(...both, "--adapter", "eccv16")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--adapter is for one network.*x\.adapter\.json/),
    });
  });
});

describe("info and doctor", () => {
  it("show a network that nobody has declared", async () => {
    const { code, out } = await cli("info", model);
    expect(code).toBe(0);
    expect(out).toMatch(/input +input {2}float32 \[1, 1, 64, 64\]\n/);
    expect(out).toMatch(/output +output {2}float32 \[1, 2, 64, 64\]\n/);
    expect(out).toMatch(/adapter +none.*\nshapes fit +eccv16, siggraph17\n/);
    const json = JSON.parse((await cli("info", model, "--json")).out);
    expect(json).toMatchObject({ foreign: true, adapter: null, fitting: ["eccv16", "siggraph17"] });
  });

  it("show the adapter, all of it as JSON", async () => {
    const { out } = await cli("info", declared);
    expect(out).toMatch(/adapter +flat \(the adapter '.*downloaded\.json'\)/);
    expect(out).toMatch(
      /takes +L in \[0, 100\], NCHW\npredicts +ab, NCHW\nsize +stretch 64 x 64\n.*license +CC0/s,
    );
    const { adapter } = JSON.parse((await cli("info", model, "--adapter", "eccv16", "--json")).out);
    expect(adapter).toMatchObject({ name: "eccv16", output: { space: "ab", scale: 1, offset: 0 } });
    // What is printed is an adapter again.
    const printed = join(root, "printed.json");
    writeFileSync(printed, JSON.stringify(adapter));
    expect((await cli("info", model, "--adapter", printed)).code).toBe(0);
    expect((await cli("info", model, "--adapter", "ddcolor")).err).toMatch(/space 'rgb' .* has 3 channels/);
  });

  it("try it out", async () => {
    const { code, out } = await cli("doctor", "--model", declared, "--json");
    expect(code).toBe(0);
    const { checks } = JSON.parse(out) as { checks: { name: string; status: string; detail: string }[] };
    expect(checks.slice(-2)).toMatchObject([
      { name: "model", status: "ok", detail: expect.stringMatching(/not Autochrome's/) },
      { name: "inference", status: "ok" },
    ]);
  });
});
