import { setTimeout as sleep } from "node:timers/promises";
import { Peer, PeerMissingError, type PeerName, type Timing } from "./peer.ts";
import type { Workload } from "./workloads.ts";

export interface Plan {
  /** Turns of each peer. */
  rounds: number;
  /** Timed steps in each turn. */
  stepsPerTurn: number;
  /** Untimed steps of each peer before the first round. */
  warmup: number;
  threads: number;
}

/** Steps of one peer, summed up. All speeds are images per second. */
export interface Summary {
  median: number;
  /** Quartiles of the single steps. */
  quartiles: [number, number];
  fastest: number;
  steps: number;
  batch: number;
  version: string;
  /** Losses of its last step, to see that it really learned. */
  losses: { gLoss: number; dLoss: number };
  rssMegabytes?: number;
  stats?: Timing["stats"];
}

export interface Result {
  peers: Partial<Record<PeerName, Summary>>;
  /** Engine against peer: the median over the rounds of the ratio of their medians within a round. */
  ratios: Partial<Record<PeerName, number>>;
}

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
  const rounds: Partial<Record<PeerName, number[][]>> = {};
  const last: Partial<Record<PeerName, Timing>> = {};

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
    const timing = await peer.time(steps);
    rounds[peer.name] ??= [];
    rounds[peer.name]!.push(timing.seconds.map((seconds) => peer.batch / seconds));
    last[peer.name] = timing;
    await sleep(PAUSE_MS);
  };

  try {
    const contenders = [await start("engine"), await start("pytorch")].filter((peer) => peer !== undefined);
    for (const peer of contenders) {
      say(`${workload.name}: warming up ${peer.version}`);
      await peer.time(plan.warmup);
    }
    for (let round = 0; round < plan.rounds; round++) {
      say(`${workload.name}: round ${round + 1} of ${plan.rounds}`);
      // The order turns round each time, so that neither always follows the other.
      const order = round % 2 === 0 ? contenders : contenders.toReversed();
      for (const peer of order) await turn(peer, plan.stepsPerTurn);
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
    if (rounds[peer.name]) peers[peer.name] = summarize(peer, rounds[peer.name]!.flat(), last[peer.name]!);
  }
  return { peers, ratios: compare(rounds) };
}

function summarize(peer: Peer, speeds: number[], { gLoss, dLoss, rssMegabytes, stats }: Timing): Summary {
  return {
    median: quantile(speeds, 0.5),
    quartiles: [quantile(speeds, 0.25), quantile(speeds, 0.75)],
    fastest: Math.max(...speeds),
    steps: speeds.length,
    batch: peer.batch,
    version: peer.version,
    losses: { gLoss, dLoss },
    ...(rssMegabytes === undefined ? {} : { rssMegabytes }),
    ...(stats === undefined ? {} : { stats }),
  };
}

function compare(rounds: Partial<Record<PeerName, number[][]>>): Result["ratios"] {
  const { engine, pytorch, tfjsCpu } = rounds;
  const ratios: Result["ratios"] = {};
  if (engine && pytorch) {
    ratios.pytorch = quantile(
      engine.map((speeds, round) => quantile(speeds, 0.5) / quantile(pytorch[round]!, 0.5)),
      0.5,
    );
  }
  if (engine && tfjsCpu) ratios.tfjsCpu = quantile(engine.flat(), 0.5) / quantile(tfjsCpu.flat(), 0.5);
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
