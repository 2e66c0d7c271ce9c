import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadColorizer } from "./colorizer.ts";
import { findModel, readModelFile } from "./model-file.ts";
import { tinyModel } from "./testing.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "autochrome-model-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, data: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, data);
  return path;
}

describe("findModel", () => {
  it("takes a file, and a folder with a generator", async () => {
    const inside = join(folder, "net");
    mkdirSync(inside);
    writeFileSync(join(inside, "generator.onnx"), tinyModel());
    expect(await findModel(inside)).toBe(join(inside, "generator.onnx"));
    expect(await findModel(join(inside, "generator.onnx"))).toBe(join(inside, "generator.onnx"));
    expect(await findModel(undefined, { AUTOCHROME_MODEL: inside })).toBe(join(inside, "generator.onnx"));
  });

  it("says what is missing and what to do", async () => {
    await expect(findModel(join(folder, "none.onnx"))).rejects.toThrow(/there is no model '.*none.onnx'/);
    await expect(findModel(undefined, { AUTOCHROME_MODEL: "x/y" })).rejects.toThrow(/from AUTOCHROME_MODEL/);
    const run = join(folder, "run");
    mkdirSync(join(run, "checkpoints"), { recursive: true });
    await expect(findModel(run)).rejects.toThrow(/training run: .* 'autochrome export/);
  });
});

describe("readModelFile", () => {
  it("reads the metadata", async () => {
    const { metadata } = await readModelFile(write("good.onnx", tinyModel()));
    expect(metadata).toMatchObject({ role: "generator", space: "lab", multiple: 8, card: { photos: 3 } });
  });

  it("tells apart what is wrong", async () => {
    const reading = (name: string, data: Uint8Array | string) => readModelFile(write(name, data));
    await expect(reading("text.onnx", "hello, this is no network")).rejects.toThrow(
      /damaged or not an ONNX file/,
    );
    await expect(reading("empty.onnx", "")).rejects.toThrow(/damaged or not an ONNX file/);
    await expect(reading("cut.onnx", tinyModel().subarray(0, 150))).rejects.toThrow(/damaged or not an ONNX/);
    await expect(reading("foreign.onnx", tinyModel({ metadata: null }))).rejects.toThrow(
      /not an Autochrome network/,
    );
    await expect(reading("newer.onnx", tinyModel({ metadata: { formatVersion: 3 } }))).rejects.toThrow(
      /has format 3; .* Update/,
    );
    await expect(reading("odd.onnx", tinyModel({ metadata: { space: "hsv" } }))).rejects.toThrow(/\(space: /);
  });
});

describe("loadColorizer", () => {
  it("refuses a discriminator and networks of another shape", async () => {
    const judge = write("judge.onnx", tinyModel({ metadata: { role: "discriminator" } }));
    await expect(loadColorizer({ model: judge })).rejects.toThrow(/is a discriminator/);
    const three = write("three.onnx", tinyModel({ slope: [1, 1, 1], metadata: { space: "lab" } }));
    const colorizer = await loadColorizer({ model: three });
    const pixel = { data: Uint8Array.of(9, 9, 9), width: 1, height: 1 };
    await expect(colorizer.colorize(pixel)).rejects.toThrow(/gave float32 \[1,8,8,3\], not/);
    await colorizer.dispose();
    await expect(colorizer.colorize(pixel)).rejects.toThrow(/was disposed/);
  });

  it("refuses values that are not numbers", async () => {
    const diverged = await loadColorizer({ model: write("nan.onnx", tinyModel({ bias: [Number.NaN, 0] })) });
    await expect(diverged.colorize({ data: Uint8Array.of(9), width: 1, height: 1 })).rejects.toThrow(
      /diverged/,
    );
  });
});
