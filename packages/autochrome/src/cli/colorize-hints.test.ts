import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatHints } from "../chroma/index.ts";
// The tiny network is the inference tests' own; nothing but tests may use it.
import { tinyModel } from "../inference/testing.ts";
import { hintsPath } from "./colorize-hints.ts";
import { runCommand } from "./testing.ts";

let folder: string;
let model: string;
const BLUE = { x: 0.5, y: 0.5, color: "#3a6ea5" };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "autochrome-hints-"));
  model = join(folder, "net.onnx");
  writeFileSync(model, tinyModel());
  mkdirSync(join(folder, "album", "1923"), { recursive: true });
  const photo = join(folder, "album", "anna.png");
  await sharp({ create: { width: 40, height: 30, channels: 3, background: "#777" } }).toFile(photo);
  copyFileSync(photo, join(folder, "album", "1923", "anna.png"));
  copyFileSync(photo, join(folder, "album", "ida.png"));
  writeFileSync(join(folder, "blue.json"), formatHints([BLUE, { ...BLUE, x: 0.1 }]));
  mkdirSync(join(folder, "hints", "1923"), { recursive: true });
  writeFileSync(join(folder, "hints", "1923", "anna.hints.json"), formatHints([BLUE]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (...path: string[]) => join(folder, ...path);
const colorize = (...argv: string[]) => runCommand(["colorize", ...argv, "--model", model]);

async function pixel(path: string): Promise<number[]> {
  const data = await sharp(readFileSync(path)).removeAlpha().raw().toBuffer();
  return [...data.subarray(0, 3)];
}

describe("colorize --hints", () => {
  it("a file colours one photo and is counted", async () => {
    const plain = await colorize(at("album", "anna.png"), "-o", at("plain.png"), "--json");
    expect(JSON.parse(plain.out).photos[0]).toMatchObject({ status: "done", hints: 0 });
    const hinted = await colorize(
      ...[at("album", "anna.png"), "-o", at("hinted.png"), "--hints", at("blue.json"), "--json"],
    );
    expect(hinted).toMatchObject({
      code: 0,
      err: expect.stringMatching(/hinted.png {2}40x30, .*, 2 hints\n/),
    });
    expect(JSON.parse(hinted.out).photos[0]).toMatchObject({ status: "done", hints: 2 });
    const [red, , blue] = await pixel(at("hinted.png"));
    expect(blue! - red!).toBeGreaterThan(60);
    const before = await pixel(at("plain.png"));
    expect(before[2]! - before[0]!).toBeLessThan(30);
  });

  it("a folder has a file for each photo, in the photos' tree", async () => {
    const result = await colorize(at("album"), "-o", at("out"), "--hints", at("hints"), "--json");
    expect(result.code).toBe(0);
    const counts = JSON.parse(result.out).photos.map(({ input, hints }: { input: string; hints: number }) => [
      input.slice(folder.length),
      hints,
    ]);
    expect(counts.sort()).toEqual([
      ["/album/1923/anna.png", 1],
      ["/album/anna.png", 0],
      ["/album/ida.png", 0],
    ]);
  });

  it("warns where no photo has hints in the folder", async () => {
    const { code, err } = await colorize(at("album", "ida.png"), "-o", at("ida"), "--hints", at("hints"));
    expect(code).toBe(0);
    expect(err).toMatch(
      /warning: no photo has hints in '.*hints': they are named after it, <photo>.hints.json/,
    );
  });

  it("a broken file in the folder fails its photo alone", async () => {
    writeFileSync(at("hints", "ida.hints.json"), '{"version":1,"hints":[{"x":2,"y":0,"color":"#fff000"}]}');
    const { code, err } = await colorize(at("album"), "-o", at("broken"), "--hints", at("hints"));
    rmSync(at("hints", "ida.hints.json"));
    expect(code).toBe(1);
    expect(err).toMatch(
      /ida.hints.json': these hints cannot be used: hints\[0\].x is 2.*2 ok, 0 skipped, 1 failed/s,
    );
  });

  it("refuses wrong use before it colours anything", async () => {
    const photo = at("album", "anna.png");
    writeFileSync(at("bad.json"), '{"version":1,"hints":[{"x":0,"y":0,"color":"blue"}]}');
    const cases: [string[], number, RegExp][] = [
      [
        [photo, at("album", "ida.png"), "--hints", at("blue.json")],
        2,
        /hints of one photo, but several may be meant/,
      ],
      [[at("album"), "--hints", at("blue.json")], 2, /Name one photo, or a folder of <photo>.hints.json/],
      [[at("album", "*.png"), "--hints", at("blue.json")], 2, /several may be meant/],
      [["-", "--hints", at("hints")], 2, /a photo from stdin has no name.*Name the file/],
      [[photo, "--hints", at("none.json")], 1, /cannot read .*none.json: no such file/],
      [
        [photo, "--hints", at("bad.json")],
        1,
        /bad.json': .*hints\[0\].color is "blue". It must be "#rrggbb"/,
      ],
      [[photo, "--hints", photo], 1, /anna.png': .*this is not JSON/],
      [[photo, "--hints", ""], 2, /--hints is empty/],
    ];
    for (const [argv, exit, message] of cases) {
      const { code, out, err } = await colorize(...argv);
      expect(err).toMatch(message);
      expect([argv, code, out, err.trim().split("\n").length]).toEqual([argv, exit, "", 1]);
    }
  });
});

it("hints lie beside the photo, in the photos' tree, or right in the folder", () => {
  const path = (photo: string, hints: string, inputs: string[]) =>
    hintsPath(photo, hints, inputs).replaceAll("\\", "/");
  expect(path("album/1923/anna.jpg", "album", ["album"])).toBe("album/1923/anna.hints.json");
  expect(path("album/1923/anna.jpg", "hints", ["album"])).toBe("hints/1923/anna.hints.json");
  expect(path("album/1923/anna.jpg", "hints", ["album", "album/1923"])).toBe("hints/anna.hints.json");
  expect(path("album/1923/anna.jpg", "hints", ["album/*/*.jpg"])).toBe("hints/anna.hints.json");
  expect(path("anna.jpg", ".", ["anna.jpg"])).toBe("anna.hints.json");
  expect(path("../anna.jpg", ".", ["../anna.jpg"])).toBe("anna.hints.json");
});
