import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseList } from "./lists.ts";
import { formatOrigins, parseOrigins } from "./origins.ts";
import { parseUriLine } from "./packages.ts";
import { followsProfile } from "./profiles.ts";

describe("origins.tsv", () => {
  const origin = (file: string) => ({
    file,
    packageName: "p",
    version: "1",
    path: "usr/a.jpg",
    license: "MIT",
  });

  it("is sorted by name and read as it was written", () => {
    const table = formatOrigins([origin("val/b.jpg"), origin("train/a.jpg")]);
    expect(parseOrigins(table)).toEqual([origin("train/a.jpg"), origin("val/b.jpg")]);
  });

  it("passes over lines that are broken", () => {
    expect(parseOrigins(`${formatOrigins([origin("a.jpg")])}val/b.jpg\tp\n`)).toEqual([origin("a.jpg")]);
    expect(parseOrigins("")).toEqual([]);
  });
});

describe("parseUriLine", () => {
  it("reads name, version and size, with an epoch's colon", () => {
    const line =
      "'http://host/pool/d/digikam-data_7.9.0-1_all.deb' digikam-data_4%3a7.9.0-1_all.deb 110 SHA256:ab";
    const expected = { fileName: "digikam-data_4%3a7.9.0-1_all.deb", version: "4:7.9.0-1", size: 110 };
    expect(parseUriLine(line)).toEqual(expected);
  });

  it("is null for anything else", () => {
    expect(parseUriLine("")).toBeNull();
    expect(parseUriLine("Reading package lists...")).toBeNull();
    expect(parseUriLine("'http://host/x' ../../x_1_all.deb 5 SHA256:ab")).toBeNull();
  });
});

describe("followsProfile", () => {
  it("excepts eight photos, all of them listed", () => {
    const lines = ["train", "validation", "test"].flatMap((name) =>
      parseList(readFileSync(new URL(`../../docs/photos/${name}.tsv`, import.meta.url), "utf8"), name),
    );
    expect(lines.filter(({ path }) => !followsProfile(path))).toHaveLength(8);
  });
});
