// `npm run bench:server`: many clients at once against `autochrome serve` on this machine, beside the command line.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { load } from "./load.ts";
import { thirds, watchMemory } from "./memory.ts";
import { findPhotos, makePhotos, repeatPhotos } from "./photos.ts";

const USAGE = `Usage: npm run bench:server -- [options]

  --photos FOLDER   photos to send (default: the samples in four sizes from 0.3 to 1 megapixel)
  --count N         photos to colour, those of the folder over and over (default 1000)
  --cli-count N     of them by the command line, for comparison; 0 leaves it out (default 200)
  --clients N       clients at once (default 50)
  --workers N       workers of the server (default: its own choice)
  --json            one JSON document on stdout

Anything after -- goes to 'autochrome serve'.
`;

const NODE = ["--import", "tsx", "--conditions=development"];
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    photos: { type: "string" },
    count: { type: "string", default: "1000" },
    "cli-count": { type: "string", default: "200" },
    clients: { type: "string", default: "50" },
    workers: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

async function startServer(): Promise<{ child: ChildProcess; url: string }> {
  const flags = ["serve", "--port", "0", "--json", "--no-page", ...positionals];
  if (values.workers !== undefined) flags.push("--workers", values.workers);
  const main = file("../../packages/autochrome/src/cli/main.ts");
  const child = spawn(process.execPath, [...NODE, main, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of child.stdout!) {
    text += chunk;
    if (text.trimEnd().endsWith("\n}")) break;
  }
  return { child, url: (JSON.parse(text) as { url: string }).url };
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "autochrome-bench-server-"));
  const [count, cliCount, clients] = [values.count, values["cli-count"], values.clients].map(Number) as [
    number,
    number,
    number,
  ];
  try {
    const paths =
      values.photos === undefined ? await makePhotos(join(folder, "made")) : await findPhotos(values.photos);
    const before = loadavg()[0]!;
    let cli: { rate: number; done: number; seconds: number } | null = null;
    if (cliCount > 0) {
      await repeatPhotos(paths, cliCount, join(folder, "photos"));
      const words = [...NODE, file("command-line.ts"), join(folder, "photos"), join(folder, "out")];
      cli = JSON.parse((await promisify(execFile)(process.execPath, words)).stdout) as typeof cli;
    }
    const { child, url } = await startServer();
    try {
      await load(url, paths, Math.min(paths.length, 24), 4);
      const stop = watchMemory(child.pid!);
      const result = await load(url, paths, count, clients);
      report({ count, clients, before, cli, result, memory: stop() });
    } finally {
      child.kill("SIGTERM");
      const [code] = (await once(child, "exit")) as [number | null];
      if (code !== 0) {
        process.stderr.write(`the server ended with code ${code}\n`);
        process.exitCode = 1;
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Figures {
  count: number;
  clients: number;
  before: number;
  cli: { rate: number } | null;
  result: Awaited<ReturnType<typeof load>>;
  memory: ReturnType<ReturnType<typeof watchMemory>>;
}

function report({ count, clients, before, cli, result, memory }: Figures): void {
  const sorted = result.milliseconds.toSorted((a, b) => a - b);
  const rate = sorted.length / result.seconds;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(sorted, share) / 1000) as [
    number,
    number,
    number,
  ];
  const failed = count - sorted.length;
  const parent = thirds(memory, "parent");
  const workers = thirds(memory, "workers");
  const ratio = cli === null ? null : rate / cli.rate;
  if (values.json) {
    const machine = {
      processor: cpus()[0]?.model.trim(),
      cores: availableParallelism(),
      load: before,
      node: process.version,
    };
    const figures = {
      count,
      clients,
      statuses: result.statuses,
      failed,
      seconds: result.seconds,
      rate,
      p50,
      p95,
      p99,
    };
    process.stdout.write(
      `${JSON.stringify({ machine, ...figures, commandLine: cli, ratio, memory }, null, 2)}\n`,
    );
  } else {
    const statuses = Object.entries(result.statuses).map(([status, times]) => `${status} x ${times}`);
    const row = (name: string, text: string) => process.stdout.write(`${name.padEnd(22)}${text}\n`);
    row("photos, clients", `${count}, ${clients}`);
    row("answers", statuses.join(", "));
    row("seconds a photo", `p50 ${p50.toFixed(2)}, p95 ${p95.toFixed(2)}, p99 ${p99.toFixed(2)}`);
    row(
      "photos a second",
      `${rate.toFixed(2)}${cli === null ? "" : `; command line ${cli.rate.toFixed(2)}; ratio ${ratio!.toFixed(2)}`}`,
    );
    row("server, MB", `first third ${parent[0].toFixed(0)}, last third ${parent[1].toFixed(0)}`);
    row("workers, MB", `first third ${workers[0].toFixed(0)}, last third ${workers[1].toFixed(0)}`);
    row("every second, MB", memory.map((sample) => (sample.parent + sample.workers).toFixed(0)).join(" "));
  }
  if (failed > 0) process.exitCode = 1;
}

if (values.help) process.stdout.write(USAGE);
else await main();
