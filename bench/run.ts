// `npm run bench`: the engine beside its peers, in the same run. See README.md beside this file.
import os from "node:os";
import { parseArgs } from "node:util";
import { measure, type Plan, type Result } from "./measure.ts";
import type { PeerName } from "./peer.ts";
import { WORKLOADS } from "./workloads.ts";

const USAGE = `Usage: npm run bench -- [options]

  --only NAME[,NAME]  run these workloads: ${WORKLOADS.map(({ name }) => name).join(", ")}
  --quick             fewer rounds
  --threads N         threads of the engine and of PyTorch (default 2)
  --json              print one JSON document on stdout and nothing else there
`;

const PEERS: readonly { name: PeerName; label: string }[] = [
  { name: "engine", label: "tfjs-onnxruntime" },
  { name: "pytorch", label: "PyTorch, channels_last" },
  { name: "tfjsCpu", label: "TensorFlow.js cpu" },
];

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
  const workloads = WORKLOADS.filter(({ name, byDefault }) => names?.includes(name) ?? byDefault);
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

function table(result: Result): string {
  const rows = PEERS.map(({ name, label }) => {
    const summary = result.peers[name];
    if (!summary) return [label, "-", "-", "-", "-"];
    const [low, high] = summary.quartiles;
    const ratio = result.ratios[name];
    return [
      label + (name === "tfjsCpu" ? ` (batch ${summary.batch}, ${summary.steps} step, no warm-up)` : ""),
      speed(summary.median),
      summary.steps > 1 ? `${speed(low)} to ${speed(high)}` : "-",
      `${summary.steps}`,
      ratio === undefined ? "" : `${ratio.toPrecision(3)}x`,
    ];
  });
  const cells = [["", "images/s", "middle half", "steps", "engine is"], ...rows];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
        .join("  "),
    )
    .join("\n");
}

function speed(value: number): string {
  return value >= 1 ? value.toFixed(1) : value.toPrecision(2);
}

function toJson(result: Result) {
  const speeds = PEERS.map(({ name }) => [name, result.peers[name]?.median ?? null]);
  return { imagesPerSecond: Object.fromEntries(speeds), ratios: result.ratios, details: result.peers };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  const plan: Plan = options.quick
    ? { rounds: 4, stepsPerTurn: 3, warmup: 2, threads: options.threads }
    : { rounds: 10, stepsPerTurn: 4, warmup: 4, threads: options.threads };
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
    results[workload.name] = toJson(result);
    const text = `\n${workload.name}: ${workload.description}, ${plan.threads} threads\n${table(result)}\n\n`;
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
