import { setTimeout as sleep } from "node:timers/promises";
import { Peer, PeerMissingError, type PeerName, type Timing } from "./peer.ts";
import type { Workload } from "./workloads.ts";

export interface Plan {
  /** Turns of each peer. */
  rounds: number;
  /** Half the steps in each turn. */
  quick: boolean;
  threads: number;
}

/** Steps of one peer, summed up: images per second of a training, milliseconds of an inference. */
export interface Summary {
  median: number;
  /** Quartiles of the single steps. */
  quartiles: [number, number];
  best: number;
  steps: number;
  batch: number;
  version: string;
  /** Time of the very first step of a fresh process; the engine's includes tracing and compiling. */
  firstStepSeconds: number | null;
  traceAndCompileSeconds: number | null;
  peakRssMegabytes: number | null;
  /** Losses of its last step, to see that it really learned. */
  losses?: { gLoss: number; dLoss: number };
  /** Part of the timed steps that was spent in JavaScript; null where the engine does not count it. */
  jsShare?: number | null;
  stats?: Timing["stats"];
  /** Milliseconds of the ways of inference that PyTorch chose from. */
  trials?: Record<string, number>;
}

export interface Result {
  peers: Partial<Record<PeerName, Summary>>;
  /** Speed of the engine over speed of the peer: the median over the rounds of the ratio of their medians within one. */
  ratios: Partial<Record<PeerName, number>>;
}

/** Untimed steps of each peer before the first round: more than `compile()` traces. */
const WARMUP_STEPS = 4;
type Turns = Partial<Record<PeerName, Timing[]>>;

/** Idle time between turns, for the threads of whoever worked last to fall asleep. */
const PAUSE_MS = 250;

/**
 * Runs one workload on every peer that is there. Engine and PyTorch take turns of a few steps, so
 * that both meet the same minutes of a noisy machine. The tfjs `cpu` backend, hundreds of times
 * slower, gets one step without warm-up.
 */
export async function measure(
  workload: Workload,
  plan: Plan,
  say: (message: string) => void,
): Promise<Result> {
  const started: Peer[] = [];
  const turns: Turns = {};
  const stepsPerTurn = plan.quick ? Math.ceil(workload.stepsPerTurn / 2) : workload.stepsPerTurn;

  const start = async (name: PeerName): Promise<Peer | undefined> => {
    try {
      const peer = await Peer.start(name, workload, plan.threads);
      started.push(peer);
      return peer;
    } catch (error) {
      if (!(error instanceof PeerMissingError)) throw error;
      say(error.message);
      return undefined;
    }
  };
  const turn = async (peer: Peer, steps: number) => {
    turns[peer.name] ??= [];
    turns[peer.name]!.push(await peer.time(steps));
    await sleep(PAUSE_MS);
  };

  try {
    const contenders = [await start("engine"), await start("pytorch")].filter((peer) => peer !== undefined);
    for (const peer of contenders) {
      say(`${workload.name}: warming up ${peer.version}`);
      await peer.time(1);
      await peer.time(WARMUP_STEPS - 1);
    }
    for (let round = 0; round < plan.rounds; round++) {
      say(`${workload.name}: round ${round + 1} of ${plan.rounds}`);
      // The order turns round each time, so that neither always follows the other.
      const order = round % 2 === 0 ? contenders : contenders.toReversed();
      for (const peer of order) await turn(peer, stepsPerTurn);
    }
    if (workload.cpuBatch !== null) {
      const cpu = await start("tfjsCpu");
      if (cpu) {
        say(`${workload.name}: one step of ${cpu.version}, batch ${cpu.batch}: about half a minute`);
        await turn(cpu, 1);
      }
    }
  } finally {
    for (const peer of started) peer.stop();
  }

  const peers: Result["peers"] = {};
  for (const peer of started) {
    const timings = turns[peer.name];
    if (timings) peers[peer.name] = summarize(workload, peer, timings);
  }
  return { peers, ratios: compare(turns, peers) };
}

function summarize(workload: Workload, peer: Peer, timings: readonly Timing[]): Summary {
  const training = workload.kind === "train";
  const seconds = timings.flatMap((timing) => timing.seconds);
  const values = seconds.map((each) => (training ? peer.batch / each : 1000 * each));
  const { gLoss, dLoss, peakRssMegabytes, stats } = timings.at(-1)!;
  return {
    median: quantile(values, 0.5),
    quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
    best: training ? Math.max(...values) : Math.min(...values),
    steps: values.length,
    batch: peer.batch,
    version: peer.version,
    firstStepSeconds: peer.firstStepSeconds,
    traceAndCompileSeconds: peer.traceAndCompileSeconds,
    peakRssMegabytes,
    ...(gLoss !== undefined && dLoss !== undefined && { losses: { gLoss, dLoss } }),
    ...(stats && { stats, jsShare: shareOfJavaScript(timings) }),
    ...(peer.trials && { trials: peer.trials }),
  };
}

function shareOfJavaScript(timings: readonly Timing[]): number | null {
  let all = 0;
  let inRuntime = 0;
  for (const { seconds, runSeconds } of timings) {
    if (runSeconds === null || runSeconds === undefined) return null;
    all += seconds.reduce((sum, each) => sum + each, 0);
    inRuntime += runSeconds;
  }
  return 1 - inRuntime / all;
}

function compare({ engine, pytorch, tfjsCpu }: Turns, peers: Result["peers"]): Result["ratios"] {
  const ratios: Result["ratios"] = {};
  if (engine && pytorch) {
    const byRound = engine.map(({ seconds }, round) => {
      return quantile(pytorch[round]!.seconds, 0.5) / quantile(seconds, 0.5);
    });
    ratios.pytorch = quantile(byRound, 0.5);
  }
  // By images, since its batch is another.
  if (engine && tfjsCpu) ratios.tfjsCpu = peers.engine!.median / peers.tfjsCpu!.median;
  return ratios;
}

/** Linear interpolation between order statistics; `fraction` in [0, 1]. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * fraction;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (position - below);
}
