/**
 * The whole page.
 */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { RunSummary } from "../api.ts";
import { Chart, type ShownRun } from "./chart.tsx";
import { CHART_GROUPS } from "./chart-specs.ts";
import { Connection } from "./connection.ts";
import { Controls } from "./controls.tsx";
import { Discriminator } from "./discriminator.tsx";
import { EventList } from "./event-list.tsx";
import { RunCards } from "./run-cards.tsx";
import { RunPicker } from "./run-picker.tsx";
import { Samples } from "./samples.tsx";
import { Settings } from "./settings.tsx";
import { Timeline } from "./timeline.tsx";
import { Colours, firstChoice, readView, type View, writeView } from "./view.ts";

export function App() {
  const [connection] = useState(() => new Connection());
  const [colours] = useState(() => new Colours());
  const [view, setView] = useState<View>(() => readView(location.search));
  const [step, setStep] = useState<number | null>(null);
  const [version, setVersion] = useState(0);
  useEffect(() => connection.subscribe(() => setVersion(connection.version)), [connection]);

  const list = connection.runs ?? [];
  const key = JSON.stringify(view.runs ?? firstChoice(list));
  const chosen = useMemo(() => JSON.parse(key) as string[], [key]);
  useEffect(() => connection.follow(chosen), [connection, chosen]);

  const change = (changes: Partial<View>) => {
    const next = { ...view, ...changes };
    setView(next);
    history.replaceState(null, "", writeView(next));
  };
  const slots = useMemo(() => colours.assign(chosen), [colours, chosen]);
  // Runs change in place; `version` tells when.
  const shown = useMemo(
    () =>
      chosen.flatMap((id): ShownRun[] => {
        const data = connection.data.get(id);
        const summary = list.find((run) => run.id === id);
        return data && summary ? [{ data, name: summary.name, colour: slots.get(id)! }] : [];
      }),
    [chosen, slots, [...connection.data.keys()].join("\n"), list.length],
  );
  const summaries = chosen.flatMap((id): RunSummary[] => list.filter((run) => run.id === id));
  const last = Math.max(0, ...shown.map(({ data }) => data.lastStep));
  const at = step === null || step >= last ? null : step;

  if (connection.runs === null)
    return <Message text={connection.connected ? "Looking for runs…" : "Connecting…"} />;
  const charts = (groups: typeof CHART_GROUPS) =>
    groups.map((group) => (
      <Charts key={group.title} group={group} shown={shown} view={{ ...view, step: at }} version={version} />
    ));
  return (
    <div class="layout">
      <header>
        <h1>
          <img src="/icon.svg" alt="" width="26" height="26" /> Autochrome <span>runs</span>
        </h1>
        <p class={connection.connected ? "live" : "lost"} role="status">
          {connection.connected ? "live" : "connection lost, trying again"}
        </p>
      </header>
      <nav aria-label="Runs and view">
        <RunPicker runs={list} chosen={chosen} colours={slots} onChange={(runs) => change({ runs })} />
        <Controls view={view} onChange={change} />
      </nav>
      <main>
        {list.length === 0 && (
          <Message text="There are no runs here yet. They appear as soon as a training begins." />
        )}
        {list.length > 0 && chosen.length === 0 && <Message text="Choose a run." />}
        <RunCards runs={summaries} colours={slots} shown={shown} />
        {shown.length > 0 && (
          <>
            {charts(CHART_GROUPS.slice(0, 2))}
            <section aria-labelledby="samples">
              <h2 id="samples">Samples and discriminator</h2>
              <Timeline runs={shown} last={last} step={at} onChange={setStep} />
              <div class="at-step">
                <Samples runs={shown} step={at ?? last} />
                <Discriminator runs={shown} step={at ?? last} />
              </div>
            </section>
            {charts(CHART_GROUPS.slice(2))}
            <EventList runs={shown} onStep={setStep} />
            <Settings runs={shown} />
          </>
        )}
      </main>
    </div>
  );
}

function Charts({
  group,
  shown,
  view,
  version,
}: {
  group: (typeof CHART_GROUPS)[number];
  shown: readonly ShownRun[];
  view: View & { step: number | null };
  version: number;
}) {
  const charts = group.charts.filter(
    ({ optional, source, columns }) =>
      !optional || shown.some(({ data }) => columns.some(({ name }) => data[source].has(name))),
  );
  if (charts.length === 0) return null;
  const id = group.title.toLowerCase().replaceAll(" ", "-");
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{group.title}</h2>
      <div class="charts" data-count={charts.length}>
        {charts.map((spec) => (
          <Chart key={spec.title} spec={spec} runs={shown} view={view} version={version} />
        ))}
      </div>
    </section>
  );
}

function Message({ text }: { text: string }) {
  return <p class="message">{text}</p>;
}
