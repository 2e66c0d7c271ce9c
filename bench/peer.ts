import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BackendStats } from "tfjs-onnxruntime";
import { bundleWorker } from "./bundle.ts";
import type { Workload } from "./workloads.ts";

/** What is timed: our engine, and what it is compared with. */
export type PeerName = "engine" | "pytorch" | "tfjsCpu";

/** Answer to a request for steps. */
export interface Timing {
  seconds: number[];
  /** Losses of the last step, where it is training. */
  gLoss?: number;
  dLoss?: number;
  /** Part of all `seconds` that was spent in ONNX Runtime, not in JavaScript; null where unknown. */
  runSeconds?: number | null;
  /** The most memory that the process ever held; null where the platform does not tell. */
  peakRssMegabytes: number | null;
  stats?: BackendStats;
}

interface Greeting {
  ready: true;
  version: string;
  /** Milliseconds of each way of running the network that was tried; `version` names the one chosen. */
  trials?: Record<string, number>;
}

/** A program that was not there or did not start; the message says how to get it. */
export class PeerMissingError extends Error {}

const PYTHON =
  process.env.AUTOCHROME_BENCH_PYTHON ?? (process.platform === "win32" ? "python" : "/usr/bin/python3");

let worker: Promise<string> | undefined;

/** The bundled program of our side, made once. */
function bundledWorker(): Promise<string> {
  worker ??= bundleWorker();
  return worker;
}

const REMEDY: Record<PeerName, string> = {
  engine: "The engine did not start; its own message stands above.",
  pytorch:
    "PyTorch is left out (null): install Debian's with `apt-get install python3-torch libopenblas0-pthread`, or name " +
    "a Python that has torch in AUTOCHROME_BENCH_PYTHON.",
  tfjsCpu: "The TensorFlow.js cpu backend did not start; its own message stands above.",
};

/**
 * A child process that holds one workload ready and works only when asked, so that several of them
 * can take turns within the same minutes without ever competing for the cores.
 */
export class Peer {
  readonly name: PeerName;
  /** Images in each of its steps. */
  readonly batch: number;
  version = "";
  trials?: Record<string, number>;
  /** Time of its very first step, which for the engine includes tracing and compiling. */
  firstStepSeconds: number | null = null;
  /** Part of it that was not spent in ONNX Runtime's run; null where that is not counted. */
  traceAndCompileSeconds: number | null = null;
  #child: ChildProcessWithoutNullStreams;
  #lines: AsyncIterator<string>;
  #complaints = "";

  private constructor(name: PeerName, batch: number, command: string, args: string[]) {
    this.name = name;
    this.batch = batch;
    this.#child = spawn(command, args, { cwd: fileURLToPath(new URL(".", import.meta.url)) });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-4000);
    });
    // A program that is missing or gone also ends its stdout, which is where `#answer` notices.
    this.#child.on("error", (error) => {
      this.#complaints += String(error);
    });
    this.#child.stdin.on("error", () => {});
    this.#lines = splitLines(this.#child.stdout);
  }

  /** @throws PeerMissingError with the remedy when the peer cannot run here. */
  static async start(name: PeerName, workload: Workload, threads: number): Promise<Peer> {
    const batch = name === "tfjsCpu" ? (workload.cpuBatch ?? workload.batch) : workload.batch;
    const script = workload.kind === "train" ? "peers/train_step.py" : "peers/inference.py";
    const shape = [
      ...["--network", workload.network, "--size", `${workload.size}`],
      ...["--batch", `${batch}`, "--threads", `${threads}`],
    ];
    const peer =
      name === "pytorch"
        ? new Peer(name, batch, PYTHON, [script, ...shape])
        : new Peer(name, batch, process.execPath, [
            await bundledWorker(),
            ...["--backend", name === "engine" ? "onnxruntime" : "cpu"],
            ...["--kind", workload.kind, ...shape],
          ]);
    try {
      const { version, trials } = await peer.#answer<Greeting>();
      peer.version = version;
      peer.trials = trials;
      return peer;
    } catch (error) {
      peer.stop();
      const detail = name === "pytorch" ? "" : `${(error as Error).message}\n`;
      throw new PeerMissingError(`${detail}${REMEDY[name]}`);
    }
  }

  /** Runs steps now and returns how long each took. */
  async time(steps: number): Promise<Timing> {
    this.#child.stdin.write(`${JSON.stringify({ steps })}\n`);
    const timing = await this.#answer<Timing>();
    if (this.firstStepSeconds === null) {
      const [first] = timing.seconds;
      this.firstStepSeconds = first!;
      if (steps === 1 && timing.runSeconds != null) this.traceAndCompileSeconds = first! - timing.runSeconds;
    }
    return timing;
  }

  stop(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }

  async #answer<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} ended early:\n${this.#complaints.trim()}`);
    return JSON.parse(value) as T;
  }
}

async function* splitLines(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
