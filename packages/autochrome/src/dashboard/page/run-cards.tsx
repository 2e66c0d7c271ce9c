/**
 * How the shown runs fare: state, progress, time left, speed.
 */
import type { RunState, RunSummary } from "../api.ts";
import type { ShownRun } from "./chart.tsx";
import { formatCount, formatDuration, formatPercent, formatValue } from "./format.ts";

export const STATE_WORDS: Readonly<Record<RunState, string>> = {
  running: "running",
  stalled: "stalled",
  finished: "finished",
  interrupted: "interrupted",
  unstable: "stopped by a monitor",
};

interface RunCardsProps {
  runs: readonly RunSummary[];
  colours: ReadonlyMap<string, number>;
  shown: readonly ShownRun[];
}

export function RunCards({ runs, colours, shown }: RunCardsProps) {
  return (
    <section class="cards" aria-label="State of the runs">
      {runs.map((run) => (
        <RunCard
          key={run.id}
          run={run}
          colour={colours.get(run.id)!}
          shown={shown.find(({ data }) => data.id === run.id) ?? null}
        />
      ))}
    </section>
  );
}

function RunCard({ run, colour, shown }: { run: RunSummary; colour: number; shown: ShownRun | null }) {
  const progress = run.progress ?? 0;
  const latest = (column: string) =>
    shown?.data.metrics.mean(column).findLast((value) => value !== null) ?? null;
  const score = Math.max(...(shown?.data.validation.high("score") ?? []).filter((value) => value !== null));
  const facts: [string, string][] = [
    ["step", formatCount(run.step)],
    ["epoch", run.epoch === null ? "–" : run.epoch.toFixed(1)],
    [
      run.state === "running" ? "left" : "trained",
      formatDuration(run.state === "running" ? run.secondsLeft : latest("seconds")),
    ],
    ["images/s", formatValue(latest("imagesPerSecond"))],
    ["best", Number.isFinite(score) ? score.toFixed(3) : "–"],
  ];
  return (
    <article class={`card run-card run-${colour}`}>
      <h3>
        <i class="dot" aria-hidden="true" /> <span class="name">{run.id}</span>
        <small class={`state ${run.state}`}>{STATE_WORDS[run.state]}</small>
      </h3>
      <progress
        max="1"
        value={progress}
        aria-label={`Progress of ${run.id}`}
        title={formatPercent(progress)}
      />
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}
