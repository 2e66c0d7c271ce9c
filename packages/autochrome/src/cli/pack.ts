import { flagOption, numberOption, stringOption, usageError } from "./args.ts";
import type { Command, CommandContext } from "./command.ts";
import { formatBytes } from "./output.ts";
import { Progress } from "./progress.ts";

export const command: Command = {
  name: "pack",
  summary: "pack a large collection into tar shards to train on",
  help: `Packs photos into tar archives of one size (shards, in the WebDataset layout: <key>.jpg and <key>.json), in
random order, for 'train' to read as a stream. What training cannot use is left out and counted: corrupt, too
small, nearly gray, duplicates.

Usage: autochrome pack <folder|photo|list.txt|table.tsv|shards> ... -o <folder> [flags]

Flags
  -o, --out <folder>             where to write; not inside a source
      --name <name>              shards are <name>-000000.tar and so on (default: the output folder's name)
      --shard-megabytes <n>      largest shard, MB (default: 256)
      --short-side <pixels>      scale larger photos down to this and encode them as JPEG (default: keep all bytes)
      --quality <1-100>          JPEG quality of what is scaled (default: 92)
      --min-side <pixels>        leave out photos with a shorter side (default: 128)
      --min-colourfulness <x>    leave out photos less colourful, as gray (default: 8)
      --seed <n>                 decides about the order (default: 1)
      --overwrite                replace shards that are there
      --json                     what was written, as JSON on stdout
  -q, --quiet                    warnings and errors only

Ctrl-C ends with exit code 130; shards that are whole stay, and the same command goes on after them.

Examples
  autochrome pack photos/ -o shards/
  autochrome pack archive-1/ archive-2/ -o shards/ --short-side 512 --quality 90
  autochrome pack 'laion-{00000..00099}.tar' -o shards/ --min-side 256
  autochrome train shards/ --val held-out/ --minutes 600`,
  options: {
    out: { type: "string", short: "o" },
    name: { type: "string" },
    "shard-megabytes": { type: "string" },
    "short-side": { type: "string" },
    quality: { type: "string" },
    "min-side": { type: "string" },
    "min-colourfulness": { type: "string" },
    seed: { type: "string" },
    overwrite: { type: "boolean" },
  },
  handlesInterrupt: true,

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    const out = stringOption(values, "out");
    if (positionals.length === 0 || out === undefined) {
      throw usageError("name photos and an output, as in 'autochrome pack photos/ -o shards/'.");
    }
    const shortSide = numberOption(values, "short-side", { min: 16, max: 16384, integer: true });
    const quality = numberOption(values, "quality", { min: 1, max: 100, integer: true });
    if (quality !== undefined && shortSide === undefined) {
      throw usageError("--quality is of photos that --short-side scales down: give that too.");
    }
    const minSide = numberOption(values, "min-side", { min: 8, max: 16384, integer: true });
    if (shortSide !== undefined && shortSide < (minSide ?? 128)) {
      throw usageError(`--short-side ${shortSide} is below --min-side ${minSide ?? 128}: lower that too.`);
    }
    const given = {
      name: stringOption(values, "name"),
      shardMegabytes: numberOption(values, "shard-megabytes", { min: 0.01, max: 1e6 }),
      shortSide,
      quality,
      minSide,
      minColourfulness: numberOption(values, "min-colourfulness", { min: 0, max: 1000 }),
      seed: numberOption(values, "seed", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }),
    };
    const { packPhotos, summarizeScan } = await import("../data/index.ts");
    const shown: { bar: Progress | null } = { bar: null };
    try {
      const packed = await packPhotos(positionals, out, {
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
        overwrite: flagOption(values, "overwrite"),
        signal: io.signal,
        onProgress: (done, total) => {
          shown.bar ??= new Progress(io, { label: "pack", total, unit: "photo", start: done - 1 });
          shown.bar.update(done);
        },
        onSkip: ({ path, message }) => io.warn(`${io.paint("yellow", "warning:")} ${path}: ${message}`),
      });
      shown.bar?.finish();
      if (packed === null) {
        io.note("interrupted: the same command goes on after the shards that are whole.");
        return 130;
      }
      const found =
        packed.photos + Object.values(packed.leftOut).reduce((sum, reason) => sum + reason.count, 0);
      io.note(summarizeScan({ found, photos: { length: packed.photos }, leftOut: packed.leftOut }));
      const shards = `${packed.shards.length} shard${packed.shards.length === 1 ? "" : "s"}`;
      io.note(`${shards}, ${formatBytes(packed.bytes)}. Next: autochrome train ${out}`);
      if (io.json) io.printJson(packed);
      return 0;
    } finally {
      shown.bar?.finish();
    }
  },
};
