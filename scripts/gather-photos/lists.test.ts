import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseList, parsePlace, photoName } from "./lists.ts";

const HEADER = "package\tversion\tpath\tlicense";
const read = (...lines: string[]) => parseList([HEADER, ...lines, ""].join("\n"), "made-up.tsv");

describe("parseList", () => {
  it("reads package, version, path and license", () => {
    expect(read("krank\t0.7+dfsg2-4\tusr/a b.jpg\tpublic domain")).toEqual([
      { packageName: "krank", version: "0.7+dfsg2-4", path: "usr/a b.jpg", license: "public domain" },
    ]);
  });

  it("names the line that it cannot read", () => {
    expect(() => read("krank\t1\tusr/a.jpg\tMIT", "krank\t1\tusr/a.jpg")).toThrow("made-up.tsv:3");
    expect(() => parseList("krank\t1\tusr/a.jpg\tMIT", "made-up.tsv")).toThrow("made-up.tsv:1");
  });

  it("lets no option of apt-get and no path out of the package through", () => {
    expect(() => read("--help\t1\tusr/a.jpg\tMIT")).toThrow("no package");
    expect(() => read("krank\t1;x\tusr/a.jpg\tMIT")).toThrow("no package");
    expect(() => read("krank\t1\tusr/../../a.jpg\tMIT")).toThrow("leads out");
    expect(() => read("krank\t1\t/etc/a.jpg\tMIT")).toThrow("leads out");
  });
});

describe("parsePlace", () => {
  it("parts bundles from what is in them", () => {
    expect(parsePlace("usr/a.jpg")).toEqual({ kind: "file", file: "usr/a.jpg" });
    expect(parsePlace("usr/x.rcc!/g/a.webp")).toEqual({
      kind: "resource",
      file: "usr/x.rcc",
      inner: "/g/a.webp",
    });
    expect(parsePlace("usr/x.edj (largest embedded JPEG)")).toEqual({
      kind: "largest-jpeg",
      file: "usr/x.edj",
    });
    expect(parsePlace("usr/x.pzl (embedded JPEG)")).toEqual({ kind: "first-jpeg", file: "usr/x.pzl" });
  });
});

describe("photoName", () => {
  it("is package, name and four digits of the path's hash", () => {
    // printf usr/a.jpg | sha256sum
    expect(photoName({ packageName: "krank", path: "usr/a.jpg" })).toBe("krank--a-28b8.jpg");
    expect(photoName({ packageName: "g", path: "usr/x.rcc!/g/Ae b.webp" })).toMatch(
      /^g--Ae_b-[0-9a-f]{4}\.jpg$/,
    );
  });

  it("tells all photos of the project's lists apart", () => {
    const listed = ["train", "validation", "test"].flatMap((name) => {
      const text = readFileSync(new URL(`../../docs/photos/${name}.tsv`, import.meta.url), "utf8");
      return parseList(text, `${name}.tsv`);
    });
    const names = listed.map((photo) => photoName(photo).toLowerCase());
    expect(new Set(names).size).toBe(listed.length);
    expect(listed.length).toBeGreaterThan(0);
  });
});
