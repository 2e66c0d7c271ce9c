import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AutochromeError } from "../errors.ts";
import { decodeForTraining, decodePhoto, readDimensions } from "./decode.ts";
import { readError } from "./file-errors.ts";
import { rawPipeline, scene } from "./test-photos.ts";

const W = 200;
const H = 150;
const pipeline = () => rawPipeline(scene(W, H), W, H);
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autochrome-bad-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function save(name: string, data: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, data);
  return path;
}

/** Every way of reading must fail alike, on one line that names the file. */
async function expectFailure(path: string, code: string, message: RegExp): Promise<void> {
  for (const read of [decodePhoto, decodeForTraining]) {
    const error = await read(path).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(AutochromeError);
    const failure = error as AutochromeError;
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain(path);
    expect(failure.message).not.toContain("\n");
    expect(failure).toMatchObject({ code, exitCode: 1 });
  }
}

describe("files that are no photo", () => {
  it("says so for missing files, folders, empty files and text", async () => {
    await expectFailure(join(folder, "none.jpg"), "ENOENT", /no such file: check the path/);
    await mkdir(join(folder, "album.jpg"));
    await expectFailure(join(folder, "album.jpg"), "EISDIR", /it is a folder/);
    await expectFailure(await save("empty.png", ""), "EMPTY", /empty \(0 bytes\)/);
    await expectFailure(await save("notes.jpg", "Dear diary"), "NOT_AN_IMAGE", /not a photo/);
    await expectFailure(await save("tiny.jpg", Uint8Array.of(0xff)), "NOT_AN_IMAGE", /not a photo/);
  });

  it("refuses drawings, which are not photos", async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    await expectFailure(await save("logo.png", svg), "NOT_AN_IMAGE", /not a photo/);
  });

  it("maps permission errors to the remedy", () => {
    const denied = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    const error = readError("/photos/a.jpg", denied);
    expect(error.message).toBe(
      "cannot read /photos/a.jpg: permission denied: make it readable (chmod +r) or run as its owner",
    );
    expect(error).toMatchObject({ code: "EACCES", exitCode: 1, cause: denied });
  });

  it("names bytes in memory by what they are", async () => {
    await expect(decodePhoto(Buffer.alloc(0))).rejects.toThrow(/cannot read the image data: it is empty/);
    await expect(readDimensions(Buffer.from("text"))).rejects.toThrow(/the image data: not a photo/);
  });
});

describe("truncated and damaged files", () => {
  it("never decode to half a picture", async () => {
    const files = {
      "a.jpg": await pipeline().jpeg().toBuffer(),
      "progressive.jpg": await pipeline().jpeg({ progressive: true }).toBuffer(),
      "a.png": await pipeline().png().toBuffer(),
      "a.webp": await pipeline().webp().toBuffer(),
      "a.tif": await pipeline().tiff({ compression: "lzw" }).toBuffer(),
      "a.gif": await pipeline().gif().toBuffer(),
      "a.avif": await pipeline().avif({ effort: 0 }).toBuffer(),
    };
    for (const [name, whole] of Object.entries(files)) {
      expect((await decodePhoto(await save(name, whole))).width).toBe(W);
      for (const share of [0.3, 0.7, 0.98]) {
        const path = await save(name, whole.subarray(0, Math.floor(whole.length * share)));
        await expectFailure(path, name === "a.tif" ? "NOT_AN_IMAGE" : "DAMAGED", /damaged/);
      }
    }
  });

  it("says that a PNG with a broken checksum is damaged", async () => {
    const png = await pipeline().png().toBuffer();
    png[Math.floor(png.length / 2)] ^= 0xff;
    await expectFailure(await save("flipped.png", png), "DAMAGED", /truncated or damaged .*copy it again/);
  });
});

describe("odd but good files", () => {
  it("are read by their content, whatever the extension", async () => {
    const png = await pipeline().png().toBuffer();
    for (const name of ["really-a.jpg", "no-extension", "photo.txt"]) {
      expect((await decodePhoto(await save(name, png))).metadata.format).toBe("png");
    }
  });

  it("are read afresh when replaced under the same name", async () => {
    const path = await save(
      "again.png",
      await rawPipeline(Uint8Array.of(1, 2, 3), 1, 1)
        .png()
        .toBuffer(),
    );
    expect([...(await decodePhoto(path)).rgb]).toEqual([1, 2, 3]);
    await save(
      "again.png",
      await rawPipeline(Uint8Array.of(7, 8, 9), 1, 1)
        .png()
        .toBuffer(),
    );
    expect([...(await decodePhoto(path)).rgb]).toEqual([7, 8, 9]);
  });
});

describe("the pixel limit", () => {
  it("is checked on the header, and says what to do", async () => {
    const png = await pipeline().png().toBuffer();
    await expect(decodePhoto(png, { maxPixels: W * H - 1 })).rejects.toThrow(
      /200x150 is 30000 pixels, more than the limit of 29999: scale the photo down, or raise the limit/,
    );
    expect((await decodePhoto(png, { maxPixels: W * H })).width).toBe(W);
  });

  it("stops a bomb: a small file that claims 20 thousand squared pixels", async () => {
    const bomb = await pipeline().png().toBuffer();
    bomb.writeUInt32BE(20000, 16);
    bomb.writeUInt32BE(20000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    await expect(decodePhoto(bomb)).rejects.toThrow(/400000000 pixels, more than the limit of 268435456/);
  });
});
