import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { listPhotos } from "./sources.ts";
import { withFolder } from "./test-photos.ts";

const touch = (path: string) => writeFile(path, "");

it("lists a folder to its bottom, by names, images only, without hidden ones", () =>
  withFolder(async (folder) => {
    await mkdir(join(folder, "b", "c"), { recursive: true });
    await mkdir(join(folder, ".thumbs"));
    for (const name of [
      "b/c/2.PNG",
      "b/1.jpeg",
      "a.jpg",
      "Z.webp",
      "notes.txt",
      ".thumbs/x.jpg",
      "._a.jpg",
    ]) {
      await touch(join(folder, name));
    }
    const expected = ["Z.webp", "a.jpg", "b/1.jpeg", "b/c/2.PNG"].map((name) => join(folder, name));
    expect(await listPhotos(folder)).toEqual(expected);
    expect(await listPhotos([join(folder, "b"), folder])).toEqual([
      ...expected.slice(2),
      ...expected.slice(0, 2),
    ]);
    expect(await listPhotos(join(folder, "a.jpg"))).toEqual([join(folder, "a.jpg")]);
  }));

it("follows links, ends in loops and passes over links to nowhere", () =>
  withFolder(async (folder) => {
    await mkdir(join(folder, "photos", "deep"), { recursive: true });
    await mkdir(join(folder, "other"));
    await touch(join(folder, "photos", "a.jpg"));
    await touch(join(folder, "other", "b.jpg"));
    await symlink(join(folder, "photos"), join(folder, "photos", "deep", "loop"));
    await symlink(join(folder, "other"), join(folder, "photos", "link"));
    await symlink(join(folder, "gone"), join(folder, "photos", "broken.jpg"));
    const skipped: string[] = [];
    const paths = await listPhotos(join(folder, "photos"), { onSkip: ({ path }) => skipped.push(path) });
    expect(paths).toEqual([join(folder, "photos", "a.jpg"), join(folder, "photos", "link", "b.jpg")]);
    expect(skipped).toEqual([join(folder, "photos", "broken.jpg")]);
  }));

it("reads a list: relative to itself, comments, blank lines, Windows line ends, a byte order mark", () =>
  withFolder(async (folder) => {
    const list = join(folder, "list.txt");
    await writeFile(list, "\uFEFF# photos\r\nsub/a.jpg\r\n\r\n  /abs/b.png  \nsub/a.jpg\n");
    expect(await listPhotos(list)).toEqual([join(folder, "sub/a.jpg"), "/abs/b.png"]);
  }));

it("reads a table: beside itself, or in the folder of its name", () =>
  withFolder(async (folder) => {
    const table = join(folder, "train.tsv");
    await writeFile(table, "subject\tfile\nsky\tb.jpg\nsea\ta.jpg\n");
    expect(await listPhotos(table)).toEqual([join(folder, "b.jpg"), join(folder, "a.jpg")]);
    await mkdir(join(folder, "train"));
    expect(await listPhotos(table)).toEqual([join(folder, "train/b.jpg"), join(folder, "train/a.jpg")]);
  }));

it("says what is wrong with a source and what to do", () =>
  withFolder(async (folder) => {
    const failure = (source: string | string[]) => listPhotos(source).catch((error) => error);
    const expectError = async (source: string | string[], message: RegExp, exitCode = 1) => {
      expect(await failure(source)).toMatchObject({
        name: "AutochromeError",
        message: expect.stringMatching(message),
        exitCode,
      });
    };
    await expectError(join(folder, "nowhere"), /There is no .*nowhere: check the path/);
    await mkdir(join(folder, "empty"));
    await expectError(join(folder, "empty"), /empty is empty: put photos into it \(.*\.jpg/);
    await mkdir(join(folder, "texts"));
    await touch(join(folder, "texts", "a.md"));
    await expectError(join(folder, "texts"), /holds 1 file but no photo/);
    await expectError(join(folder, "texts", "a.md"), /neither a folder nor a list/);
    await writeFile(join(folder, "none.txt"), "# nothing\n");
    await expectError(join(folder, "none.txt"), /lists no photo: write one path a line/);
    await writeFile(join(folder, "bad.tsv"), "path\tsubject\na.jpg\tsky\n");
    await expectError(join(folder, "bad.tsv"), /no "file" column \(its first line names: path, subject\)/);
    await writeFile(join(folder, "none.tsv"), "file\n");
    await expectError(join(folder, "none.tsv"), /"file" column is empty/);
    await expectError([], /No photos were named/, 2);
  }));

it.skipIf(process.getuid?.() === 0)("tells of folders that may not be read", () =>
  withFolder(async (folder) => {
    await mkdir(join(folder, "closed"));
    await touch(join(folder, "a.jpg"));
    await chmod(join(folder, "closed"), 0);
    const skipped: string[] = [];
    expect(await listPhotos(folder, { onSkip: ({ path }) => skipped.push(path) })).toHaveLength(1);
    expect(skipped).toEqual([join(folder, "closed")]);
    await expect(listPhotos(join(folder, "closed"))).rejects.toThrow(/permissions/);
    await chmod(join(folder, "closed"), 0o700);
  }),
);
