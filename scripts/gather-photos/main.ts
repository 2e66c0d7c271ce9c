// `npm run gather-photos`: the photos of docs/photos/*.tsv out of Debian's packages, reduced, into photos/.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gather, inFolder, type WantedPhoto } from "./gather.ts";
import { parseList } from "./lists.ts";
import { requireDebian } from "./packages.ts";

const LISTS = new URL("../../docs/photos/", import.meta.url);
/** Folder by list. */
const SETS: Record<string, string> = { train: "train", validation: "val", test: "test" };
const USAGE = `Usage: npm run gather-photos -- [options]

  --out DIR             where the photos go: DIR/train, DIR/val, DIR/test and DIR/origins.tsv (default: photos)
  --only LISTS          of ${Object.keys(SETS).join(",")} (default: all)
  --keep-packages DIR   keep the downloaded packages there, and use those that are
  --help                this text

Needs apt-get and dpkg-deb, so Debian 12 or a container of it. What is there already is passed over.`;

interface Settings {
  out: string;
  lists: string[];
  keepPackages: string | undefined;
}

/** Null where help is asked for. */
function readSettings(args: string[]): Settings | null {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: "string", default: "photos" },
      only: { type: "string", default: Object.keys(SETS).join(",") },
      "keep-packages": { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const lists = [...new Set(values.only.split(",").map((name) => name.trim()))];
  const unknown = lists.find((name) => !Object.hasOwn(SETS, name));
  if (unknown !== undefined) {
    throw new Error(
      `--only takes ${Object.keys(SETS).join(", ")}, parted by commas; got ${unknown || "nothing"}.`,
    );
  }
  return { out: values.out, lists, keepPackages: values["keep-packages"] };
}

async function run({ out, lists, keepPackages }: Settings): Promise<number> {
  await requireDebian();
  const wanted: WantedPhoto[] = [];
  for (const list of lists) {
    const name = `${list}.tsv`;
    wanted.push(...inFolder(parseList(await readFile(new URL(name, LISTS), "utf8"), name), SETS[list]!));
  }
  const missing = await gather(wanted, { out, keepPackages, report: (line) => console.log(line) });
  for (const { photo, reason } of missing) {
    console.error(`missing: ${photo.file} (${photo.packageName}, ${photo.path}): ${reason}`);
  }
  for (const list of lists) {
    const inSet = (file: string) => file.startsWith(`${SETS[list]}/`);
    const total = wanted.filter(({ file }) => inSet(file)).length;
    const had = total - missing.filter(({ photo }) => inSet(photo.file)).length;
    console.log(`${join(out, SETS[list]!)}: ${had} of ${total} photos`);
  }
  return missing.length > 0 ? 1 : 0;
}

let settings: Settings | null = null;
try {
  settings = readSettings(process.argv.slice(2));
  if (settings === null) console.log(USAGE);
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
if (settings !== null) {
  try {
    process.exitCode = await run(settings);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
