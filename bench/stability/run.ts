// `npm run bench:stability`: makes networks fail on purpose and shows what the monitors see and mend.
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CASES } from "./cases.ts";
import { drawAll } from "./draw.ts";
import { type ArmResult, trainArm } from "./train-arm.ts";

const USAGE = `Usage: npm run bench:stability -- --photos <folder> --val <folder> [options]

  --photos DIR        photos to train on
  --val DIR           other photos, for the figures at the end
  --only NAME[,NAME]  cases (${CASES.map(({ name }) => name).join(", ")}), or runs (mode-collapse-warn-1)
  --again             make runs again whose results are there
  --draw              draw the plots and write the tables into docs/stability.md from the results that are there,
                      and train nothing

Each run's result is kept in bench/stability/results as it ends, so that a bench that was interrupted goes on.
`;

const RESULTS = new URL("results/", import.meta.url).pathname;
const IMAGES = new URL("../../docs/images/stability/", import.meta.url).pathname;
const DOCUMENT = new URL("../../docs/stability.md", import.meta.url).pathname;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      photos: { type: "string" },
      val: { type: "string" },
      only: { type: "string" },
      again: { type: "boolean", default: false },
      draw: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help || (!values.draw && (!values.photos || !values.val))) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  await mkdir(RESULTS, { recursive: true });
  const only = values.only?.split(",");
  const runs = join("runs", "stability");
  await mkdir(runs, { recursive: true });
  for (const subject of values.draw ? [] : CASES) {
    for (const seed of subject.seeds) {
      for (const arm of subject.arms) {
        const name = `${subject.name}-${arm.name}-${seed}`;
        if (only && !only.includes(subject.name) && !only.includes(name)) continue;
        const path = join(RESULTS, `${name}.json`);
        if (!values.again && existsSync(path)) continue;
        const start = performance.now();
        const paths = { photos: values.photos!, val: values.val!, runs, results: RESULTS };
        const result = await trainArm(subject, arm, seed, paths);
        await writeFile(path, `${JSON.stringify(result)}\n`);
        const seconds = Math.round((performance.now() - start) / 1000);
        const figures = JSON.stringify(result.final);
        process.stderr.write(
          `${name}: ${result.stepsMade} steps, ${result.ended}, ${seconds} s ${figures}\n`,
        );
      }
    }
  }
  const results = new Map<string, ArmResult>();
  for (const subject of CASES) {
    for (const seed of subject.seeds) {
      for (const arm of subject.arms) {
        const name = `${subject.name}-${arm.name}-${seed}`;
        const path = join(RESULTS, `${name}.json`);
        if (existsSync(path)) results.set(name, JSON.parse(await readFile(path, "utf8")) as ArmResult);
      }
    }
  }
  const tables = await drawAll(results, { results: RESULTS, images: IMAGES });
  let text = await readFile(DOCUMENT, "utf8");
  for (const [name, table] of tables) {
    process.stdout.write(`${name}\n${table}\n\n`);
    // The document marks the place of each table.
    const place = new RegExp(`(<!-- table ${name} -->)[^]*?(<!-- end -->)`);
    text = text.replace(place, (_, begin: string, end: string) => `${begin}\n\n${table}\n\n${end}`);
  }
  await writeFile(DOCUMENT, text);
}

await main();
