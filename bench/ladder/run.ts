// `npm run ladder`: trains every rung with the same budget, scores it, and writes the tables of docs/network.md.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { PartialConfig } from "../../packages/autochrome/src/training/config/index.ts";
import { TrainingFailed } from "./calibrate.ts";
import { Costs } from "./costs.ts";
import {
  checkpointEvery,
  LadderError,
  type PlannedRung,
  planRungs,
  type StepCost,
  selectRungs,
  stepsFor,
} from "./plan.ts";
import type { Job, JobMessage, JobResult } from "./rung-process.ts";
import { BASE, RUNGS } from "./rungs.ts";
import { figureTable, insertTable, questionTable, type RungFailure, type RungResult } from "./table.ts";

const DOCUMENT = fileURLToPath(new URL("../../docs/network.md", import.meta.url));
const TELL_MS = 30_000;
const USAGE = `Usage: npm run ladder -- --photos <folder> --val <folder> [options]

  --photos DIR        photos to train on
  --val DIR           other photos: rungs are chosen by their figures on these
  --test DIR          photos kept apart from both, scored as well
  --minutes N         budget of each training (default 4)
  --seeds N           train with seeds 1 to N (default 1)
  --only NAME[,NAME]  these rungs alone (${RUNGS.map(({ name }) => name).join(", ")})
  --calibration FILE  what steps cost, from another machine or another time: repeats its numbers of steps
  --out DIR           default runs/ladder; its name is that of the tables in docs/network.md
  --tables            write the tables again from the results that are there, and train nothing

What is done in --out is kept, and a training that was interrupted goes on: run it as often as it takes.
`;

interface Options {
  photos: string;
  val: string;
  test: string | null;
  minutes: number;
  seeds: number[];
  rungs: PlannedRung[];
  all: PlannedRung[];
  calibration: string | null;
  out: string;
  tablesOnly: boolean;
}

const interrupt = new AbortController();

try {
  const options = readOptions();
  if (options !== null) await climb(options);
} catch (error) {
  const known =
    error instanceof LadderError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  if (!known) throw error;
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 2;
}

function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      photos: { type: "string" },
      val: { type: "string" },
      test: { type: "string" },
      minutes: { type: "string", default: "4" },
      seeds: { type: "string", default: "1" },
      only: { type: "string" },
      calibration: { type: "string" },
      out: { type: "string", default: "runs/ladder" },
      tables: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help || (!values.tables && (!values.photos || !values.val))) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return null;
  }
  const [minutes, seeds] = [Number(values.minutes), Number(values.seeds)];
  if (!(minutes > 0 && minutes < 1e5)) throw new LadderError(`--minutes ${values.minutes} is no budget`);
  if (!Number.isInteger(seeds) || seeds < 1)
    throw new LadderError(`--seeds ${values.seeds}: a number from 1`);
  for (const flag of ["photos", "val", "test"] as const) {
    const folder = values[flag];
    if (folder !== undefined && !existsSync(folder))
      throw new LadderError(`--${flag}: there is no ${folder}`);
  }
  const all = planRungs(RUNGS, BASE);
  return {
    photos: values.photos ?? "",
    val: values.val ?? "",
    test: values.test ?? null,
    minutes,
    seeds: Array.from({ length: seeds }, (_, i) => i + 1),
    rungs: selectRungs(all, values.only?.split(",") ?? null),
    all,
    calibration: values.calibration ?? null,
    out: values.out,
    tablesOnly: values.tables,
  };
}

async function climb(options: Options): Promise<void> {
  const { out, seeds, rungs, tablesOnly } = options;
  await mkdir(out, { recursive: true });
  if (tablesOnly) {
    await writeTables(options, []);
    return;
  }
  process.once("SIGINT", () => {
    tell("saving; the same command goes on");
    interrupt.abort();
  });
  const costs = await Costs.open(options, tell);
  const failures: RungFailure[] = [];
  try {
    for (const seed of seeds) {
      for (const rung of rungs) {
        const failed = await work(options, rung, seed, costs).catch((error: unknown) => {
          if (interrupt.signal.aborted) return null;
          if (!(error instanceof TrainingFailed)) throw error;
          tell(`${rung.name}: failed: ${error.message}`);
          return error.message;
        });
        if (interrupt.signal.aborted) {
          process.exitCode = 130;
          return;
        }
        if (failed !== null) failures.push({ rung: rung.name, seed, failed });
        await writeTables(options, failures);
      }
    }
  } finally {
    await costs.close();
  }
  if (failures.length > 0) process.exitCode = 1;
}

/** Trains and scores what is not done yet; returns why it failed, if it did. */
async function work(options: Options, rung: PlannedRung, seed: number, costs: Costs): Promise<string | null> {
  const { out, photos, val, test, minutes } = options;
  const name = `${rung.name}-${seed}`;
  const plan: { settings: PartialConfig; cost: StepCost; steps: number }[] = [];
  for (const { share, settings } of rung.stages) {
    const cost = await costs.of(rung.name, settings);
    plan.push({ settings, cost, steps: stepsFor(minutes, share, settings, cost) });
  }
  const folder = join(out, name);
  const kept = join(folder, "ladder");
  const facts = {
    rung: rung.name,
    seed,
    minutes,
    settings: plan.map(({ settings }) => settings),
    steps: plan.map(({ steps }) => steps),
    costs: plan.map(({ cost }) => cost),
  };
  const record = join(kept, "facts.json");
  if (existsSync(record)) {
    const before = JSON.parse(await readFile(record, "utf8")) as typeof facts;
    const telling = ({ minutes, settings, steps }: typeof facts) =>
      JSON.stringify([minutes, settings, steps]);
    if (telling(before) !== telling(facts)) {
      throw new LadderError(
        `${folder} was begun with other settings or another budget: remove it, or name another --out`,
      );
    }
  }
  if (existsSync(join(kept, "result.json"))) return null;
  await mkdir(kept, { recursive: true });
  await writeFile(record, JSON.stringify(facts));
  const job: Job = {
    stages: plan.map(({ settings, cost, steps }, i) => ({
      run: i === plan.length - 1 ? folder : `${folder}.stage-${i + 1}`,
      settings: {
        ...settings,
        photos: [photos],
        val,
        seed,
        steps,
        checkpointEvery: checkpointEvery(cost),
      },
    })),
    out: kept,
    val,
    test,
    size: rung.size,
    scans: join(out, "scans"),
  };
  await writeFile(join(kept, "job.json"), JSON.stringify(job));
  const start = performance.now();
  const failed = await runJob(name, join(kept, "job.json"));
  const seconds = Math.round((performance.now() - start) / 1000);
  if (interrupt.signal.aborted) return null;
  if (failed !== null) tell(`${name}: failed after ${seconds} s: ${failed}`);
  else tell(`${name}: ${seconds} s, ${await summaryOf(kept)}`);
  return failed;
}

async function summaryOf(kept: string): Promise<string> {
  const { val } = JSON.parse(await readFile(join(kept, "result.json"), "utf8")) as JobResult;
  const { hueAccuracy, deltaE2000, psnr, colourfulnessRatio } = val.model;
  const { gray } = val.baselines;
  return (
    `hue ${hueAccuracy.mean?.toFixed(3)}, ΔE ${deltaE2000.mean?.toFixed(2)} (gray ${gray.deltaE2000.mean?.toFixed(2)}), ` +
    `PSNR ${psnr.mean?.toFixed(2)} (gray ${gray.psnr.mean?.toFixed(2)}), colourfulness ` +
    `${colourfulnessRatio.mean?.toFixed(2)}, score ${val.score?.toFixed(3)}; ${join(kept, "sheet.jpg")}`
  );
}

/** Runs a job in a process of its own; returns why it failed, if it did. */
async function runJob(name: string, job: string): Promise<string | null> {
  const script = fileURLToPath(new URL("rung-process.ts", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script, job], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    // Ctrl-C reaches it through `interrupt` alone.
    detached: true,
  });
  const stop = () => child.kill("SIGINT");
  interrupt.signal.addEventListener("abort", stop, { once: true });
  let failed: string | null = null;
  let told = performance.now();
  child.on("message", (message: JobMessage) => {
    if ("failed" in message) failed = message.failed;
    else if (performance.now() - told > TELL_MS) {
      told = performance.now();
      tell(`${name}: ${message.doing}`);
    }
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  interrupt.signal.removeEventListener("abort", stop);
  return code === 0 ? null : (failed ?? `its process ended with code ${code}`);
}

/** Collects what is done into `results.jsonl` and `tables.md`, and into the document where it has a place for them. */
async function writeTables({ out, all }: Options, failures: readonly RungFailure[]): Promise<void> {
  const results: RungResult[] = [];
  for (const { name } of all) {
    for (let seed = 1; existsSync(join(out, `${name}-${seed}`)); seed++) {
      const kept = join(out, `${name}-${seed}`, "ladder");
      if (!existsSync(join(kept, "result.json"))) continue;
      const [facts, result] = await Promise.all(
        ["facts.json", "result.json"].map(async (file) =>
          JSON.parse(await readFile(join(kept, file), "utf8")),
        ),
      );
      results.push({ ...facts, ...result });
    }
  }
  await writeFile(
    join(out, "results.jsonl"),
    results.map((result) => `${JSON.stringify(result)}\n`).join(""),
  );
  const name = basename(out);
  const tables: [string, string][] = [
    [`${name} rungs`, questionTable(all)],
    [name, figureTable(all, results, failures)],
  ];
  if (results.some(({ test }) => test !== null)) {
    tables.push([`${name} test`, figureTable(all, results, failures, "test")]);
  }
  await writeFile(join(out, "tables.md"), `${tables.map(([, table]) => table).join("\n\n")}\n`);
  const before = await readFile(DOCUMENT, "utf8").catch(() => "");
  const after = tables.reduce((text, [place, table]) => insertTable(text, place, table) ?? text, before);
  if (after !== before) await writeFile(DOCUMENT, after);
}

function tell(line: string): void {
  process.stderr.write(`${new Date().toTimeString().slice(0, 8)} ${line}\n`);
}
