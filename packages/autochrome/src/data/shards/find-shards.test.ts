import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { withFolder } from "../test-photos.ts";
import { findShards } from "./find-shards.ts";

it("finds shards by name, range, folder and index, and leaves other sources alone", () =>
  withFolder(async (root) => {
    const at = (...names: string[]) => join(root, ...names);
    await mkdir(at("shards", "deep"), { recursive: true });
    await mkdir(at("photos"));
    for (const name of ["b.tar", "a.tar", "deep/c.TAR", "deep/d.txt", ".hidden.tar"])
      await writeFile(at("shards", name), "");
    await writeFile(
      at("shards", "index.json"),
      JSON.stringify({ shards: [{ file: "a.tar" }, { file: "deep/c.TAR" }] }),
    );
    await writeFile(at("photos", "x.jpg"), "");
    expect(await findShards([at("shards")])).toEqual([
      at("shards", "a.tar"),
      at("shards", "b.tar"),
      at("shards", "deep", "c.TAR"),
    ]);
    expect(await findShards([at("shards", "index.json")])).toEqual([
      at("shards", "a.tar"),
      at("shards", "deep", "c.TAR"),
    ]);
    expect(await findShards([at("shards", "a.tar"), at("shards", "a.tar")])).toEqual([at("shards", "a.tar")]);
    expect(await findShards([at("n-{08..11}.tar")])).toEqual(
      ["08", "09", "10", "11"].map((n) => at(`n-${n}.tar`)),
    );
    expect(await findShards([at("photos")])).toBeNull();
    expect(await findShards([at("nowhere")])).toBeNull();
    await expect(findShards([at("photos"), at("shards")])).rejects.toThrow(/photos is not: pack it too/);
    await expect(findShards([at("n-{5..1}.tar")])).rejects.toThrow(/names 0 shards/);
    await expect(findShards([at("n.tar.gz")])).rejects.toThrow(/unpack it/);
    await writeFile(at("other.json"), "{}");
    await expect(findShards([at("other.json")])).rejects.toThrow(/no index of shards/);
  }));
