import type { Result, Summary } from "./measure.ts";
import type { PeerName } from "./peer.ts";
import type { Workload } from "./workloads.ts";

const PEERS: readonly { name: PeerName; label: string }[] = [
  { name: "engine", label: "tfjs-onnxruntime" },
  { name: "pytorch", label: "PyTorch" },
  { name: "tfjsCpu", label: "TensorFlow.js cpu" },
];

/** The peers of one workload as a table for the terminal, with the engine's own counters below. */
export function table(workload: Workload, result: Result): string {
  const unit = workload.kind === "train" ? "images/s" : "ms";
  const head = ["", unit, "middle half", "steps", "engine is", "first step", "peak memory"];
  const rows = PEERS.flatMap(({ name, label }) => {
    const summary = result.peers[name];
    if (!summary && name === "tfjsCpu") return [];
    return [summary ? row(label, summary, result.ratios[name]) : [label, ...head.slice(1).map(() => "-")]];
  });
  const cells = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...cells.map((each) => each[column]!.length)));
  const lines = cells.map((each) =>
    each
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join("  "),
  );
  const { stats, jsShare, traceAndCompileSeconds: prepared } = result.peers.engine ?? {};
  if (stats) {
    const share =
      jsShare === null || jsShare === undefined ? "not counted" : `${(100 * jsShare).toFixed(1)}%`;
    const fallbacks = Object.entries(stats.fallbacks).map(([kernel, count]) => `${kernel} ${count}`);
    lines.push(
      `engine: first step traced and compiled in ${prepared?.toFixed(2) ?? "-"} s, time in JavaScript ${share}, ` +
        `${stats.compiles} compilations, fallbacks: ${fallbacks.join(", ") || "none"}`,
    );
  }
  if (result.peers.pytorch) lines.push(`peer: ${result.peers.pytorch.version}`);
  return lines.join("\n");
}

function row(label: string, summary: Summary, ratio: number | undefined): string[] {
  const [low, high] = summary.quartiles;
  const single = summary.steps === 1;
  return [
    label + (single ? ` (batch ${summary.batch}, one step, no warm-up)` : ""),
    figure(summary.median),
    single ? "-" : `${figure(low)} to ${figure(high)}`,
    `${summary.steps}`,
    ratio === undefined ? "" : `${ratio.toPrecision(3)}x`,
    summary.firstStepSeconds === null ? "-" : `${summary.firstStepSeconds.toFixed(2)} s`,
    summary.peakRssMegabytes === null ? "-" : `${summary.peakRssMegabytes} MB`,
  ];
}

function figure(value: number): string {
  return value >= 1 ? value.toFixed(1) : value.toPrecision(2);
}

/** What one workload adds to the JSON document; see README.md for its keys. */
export function toJson({ kind }: Workload, { peers, ratios }: Result) {
  const each = <T>(pick: (summary: Summary) => T) =>
    Object.fromEntries(
      PEERS.map(({ name }) => {
        const summary = peers[name];
        return [name, summary ? pick(summary) : null];
      }),
    ) as Record<PeerName, T | null>;
  const medians = each(({ median }) => median);
  if (kind === "infer") return { milliseconds: medians, ratios, details: peers };
  return {
    imagesPerSecond: medians,
    ratios,
    firstStepSeconds: each(({ firstStepSeconds }) => firstStepSeconds),
    traceAndCompileSeconds: peers.engine?.traceAndCompileSeconds ?? null,
    peakRssMegabytes: each(({ peakRssMegabytes }) => peakRssMegabytes),
    jsShare: peers.engine?.jsShare ?? null,
    compiles: peers.engine?.stats?.compiles ?? null,
    fallbacks: peers.engine?.stats?.fallbacks ?? null,
    details: peers,
  };
}
