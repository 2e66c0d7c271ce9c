// `npm run bench`: the engine beside its peers, in the same run. See README.md beside this file.
import os from "node:os";
import { parseArgs } from "node:util";
import { measure, type Plan } from "./measure.ts";
import { table, toJson } from "./report.ts";
import { WORKLOADS } from "./workloads.ts";

const USAGE = `Usage: npm run bench -- [options]

  --only NAME[,NAME]  run these workloads: ${WORKLOADS.map(({ name }) => name).join(", ")}
  --quick             fewer rounds of fewer steps
  --threads N         threads of the engine and of PyTorch (default 2)
  --json              print one JSON document on stdout and nothing else there
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      threads: { type: "string", default: "2" },
      help: { type: "boolean", default: false },
    },
  });
  const threads = Number(values.threads);
  if (!Number.isInteger(threads) || threads < 1) {
    throw new Error(`--threads takes a whole number from 1, not ${values.threads}.`);
  }
  const names = values.only?.split(",");
  const unknown = names?.find((name) => !WORKLOADS.some((workload) => workload.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `No workload is named ${unknown}; there are ${WORKLOADS.map(({ name }) => name).join(", ")}.`,
    );
  }
  const workloads = WORKLOADS.filter(({ name }) => names?.includes(name) ?? true);
  return { workloads, threads, quick: values.quick, json: values.json, help: values.help };
}

function machine() {
  const cpus = os.cpus();
  return {
    processor: cpus[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memoryGigabytes: Math.round(os.totalmem() / 2 ** 30),
    platform: `${os.platform()} ${os.arch()}`,
    node: process.version,
    loadAverage: os.loadavg()[0],
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  const { quick, threads } = options;
  const plan: Plan = { rounds: quick ? 3 : 10, quick, threads };
  const say = (message: string) => process.stderr.write(`${message}\n`);

  const about = { date: new Date().toISOString(), machine: machine(), plan };
  if (about.machine.loadAverage! > 0.5) {
    say(
      `Other programs are busy (load ${about.machine.loadAverage!.toFixed(1)}): speeds and ratios will suffer.`,
    );
  }

  const results: Record<string, ReturnType<typeof toJson>> = {};
  for (const workload of options.workloads) {
    const result = await measure(workload, plan, say);
    results[workload.name] = toJson(workload, result);
    const text = `\n${workload.name}: ${workload.description}, ${plan.threads} threads\n${table(workload, result)}\n\n`;
    (options.json ? process.stderr : process.stdout).write(text);
    if (!result.peers.engine) process.exitCode = 1;
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ...results, ...about }, null, 2)}\n`);
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
