import { execFile } from "node:child_process";
import { mkdir, open, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { create } from "tar";
import { expect, it } from "vitest";
import { withFolder } from "../test-photos.ts";
import { memberBytes, readAt, readMembers, TAR_END, type TarMember, tarHeader } from "./tar.ts";

const run = promisify(execFile);
const LONG = "folder-with-a-long-name-".repeat(6);

async function membersOf(
  path: string,
): Promise<{ members: TarMember[]; damage: string | null; texts: string[] }> {
  const file = await open(path, "r");
  try {
    const members: TarMember[] = [];
    const texts: string[] = [];
    const found = readMembers(file);
    for (;;) {
      const next = await found.next();
      if (next.done) return { members, damage: next.value, texts };
      members.push(next.value);
      texts.push((await readAt(file, next.value.offset, next.value.size)).toString());
    }
  } finally {
    await file.close();
  }
}

async function writeTree(folder: string): Promise<void> {
  await mkdir(join(folder, "in", LONG), { recursive: true });
  await writeFile(join(folder, "in", "a.txt"), "first");
  await writeFile(join(folder, "in", LONG, `${LONG.slice(0, 120)}-äöü.txt`), "x".repeat(1000));
  await writeFile(join(folder, "in", "empty.txt"), "");
  await symlink("a.txt", join(folder, "in", "link.txt"));
}

const EXPECTED = [
  ["in/a.txt", "first"],
  ["in/empty.txt", ""],
  [`in/${LONG}/${LONG.slice(0, 120)}-äöü.txt`, "x".repeat(1000)],
];

const listed = ({ members, texts }: { members: TarMember[]; texts: string[] }) =>
  members.map(({ name }, i) => [name.normalize(), texts[i]]).sort();

it("reads archives of the tar package: folders and links passed over, long names whole", () =>
  withFolder(async (folder) => {
    await writeTree(folder);
    await create({ cwd: folder, file: join(folder, "a.tar") }, ["in"]);
    const found = await membersOf(join(folder, "a.tar"));
    expect(found.damage).toBeNull();
    expect(listed(found)).toEqual(EXPECTED);
  }));

const gnu = await run("tar", ["--version"]).then(
  ({ stdout }) => stdout.includes("GNU"),
  () => false,
);

it.skipIf(!gnu).each(["gnu", "pax"])("reads archives of GNU tar in its %s format", (format) =>
  withFolder(async (folder) => {
    await writeTree(folder);
    await run("tar", [`--format=${format}`, "-cf", "a.tar", "in"], { cwd: folder });
    const found = await membersOf(join(folder, "a.tar"));
    expect(found.damage).toBeNull();
    expect(listed(found)).toEqual(EXPECTED);
  }),
);

/** Members of 0, 511, 512 and 513 bytes. */
function archive(): Buffer {
  const parts = [0, 511, 512, 513].flatMap((size, i) => {
    const body = Buffer.alloc(memberBytes(size) - 512);
    body.fill(65 + i, 0, size);
    return [tarHeader(`${i}.txt`, size), body];
  });
  return Buffer.concat([...parts, TAR_END]);
}

it.skipIf(!gnu)("writes what GNU tar reads", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "a.tar"), archive());
    const { stdout } = await run("tar", ["-xOf", "a.tar", "3.txt"], { cwd: folder });
    expect(stdout).toBe("D".repeat(513));
    const { stdout: names } = await run("tar", ["-tf", "a.tar"], { cwd: folder });
    expect(names).toBe("0.txt\n1.txt\n2.txt\n3.txt\n");
  }),
);

it("tells wherever an archive is cut off, and gives the whole members before", () =>
  withFolder(async (folder) => {
    const whole = archive();
    const path = join(folder, "a.tar");
    await writeFile(path, whole);
    const intact = await membersOf(path);
    expect(intact.damage).toBeNull();
    expect(intact.members.map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ["0.txt", 512, 0],
      ["1.txt", 1024, 511],
      ["2.txt", 2048, 512],
      ["3.txt", 3072, 513],
    ]);
    const end = whole.length - TAR_END.length;
    for (const length of [
      0,
      1,
      511,
      512,
      513,
      1024,
      1500,
      1535,
      1536,
      2048,
      2559,
      2560,
      3584,
      3585,
      end,
      end + 100,
    ]) {
      await writeFile(path, whole.subarray(0, length));
      const cut = await membersOf(path);
      expect(cut.damage, `${length}`).not.toBeNull();
      const fitting = intact.members.filter(({ offset, size }) => offset + size <= length);
      expect(cut.members, `${length}`).toEqual(fitting);
    }
    await writeFile(path, whole.subarray(0, end + 512));
    expect((await membersOf(path)).damage).toBeNull();
  }));

it("stops at a damaged header and says where", () =>
  withFolder(async (folder) => {
    const bytes = archive();
    bytes[2560 + 3] ^= 1;
    const path = join(folder, "a.tar");
    await writeFile(path, bytes);
    const { members, damage } = await membersOf(path);
    expect(members.map(({ name }) => name)).toEqual(["0.txt", "1.txt", "2.txt"]);
    expect(damage).toBe("no valid header at byte 2560, after 2.txt");
    await writeFile(path, "no archive at all ".repeat(100));
    expect((await membersOf(path)).damage).toMatch(/no valid header at byte 0/);
  }));
