import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { crc32, zip } from "../src/ui/files/zip.ts";

const folder = mkdtempSync(join(tmpdir(), "autochrome-zip-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("CRC-32 of the check string of its catalogue is cbf43926", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

test.skipIf(zlibCrc32 === undefined)("CRC-32 as zlib computes it", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => crc32(bytes) === zlibCrc32(bytes)));
});

const python = spawnSync("python3", ["--version"]).status === 0;
if (!python) console.warn("SKIPPED: ZIP archives read by Python's zipfile: there is no python3");

test.skipIf(!python)("another program reads the archive: names, bytes, checksums, date", async () => {
  const files = [
    { name: "großmutter.color.jpg", bytes: Uint8Array.from({ length: 3000 }, (_, k) => (k * 7) % 251) },
    { name: "empty.png", bytes: new Uint8Array(0) },
  ];
  const archive = await zip(
    files.map(({ name, bytes }) => ({ name, blob: new Blob([bytes]) })),
    new Date(2026, 3, 5, 14, 30, 8),
  );
  const path = join(folder, "photos.zip");
  writeFileSync(path, new Uint8Array(await archive.arrayBuffer()));
  const program = `
import json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
z.extractall(sys.argv[2])
print(json.dumps([z.testzip(), [[i.filename, i.file_size, list(i.date_time)] for i in z.infolist()]]))`;
  const [broken, list] = JSON.parse(
    execFileSync("python3", ["-c", program, path, folder], { encoding: "utf8" }),
  );
  expect(broken).toBe(null);
  expect(list).toEqual(files.map(({ name, bytes }) => [name, bytes.length, [2026, 4, 5, 14, 30, 8]]));
  for (const { name, bytes } of files)
    expect(new Uint8Array(readFileSync(join(folder, name)))).toEqual(bytes);
});

test("an archive of nothing is the end record alone", async () => {
  expect((await zip([])).size).toBe(22);
});
