/**
 * What happened: monitors' alarms and the run's turns, newest first.
 */
import type { RunEvent } from "../api.ts";
import type { ShownRun } from "./chart.tsx";
import { formatCount } from "./format.ts";

const SHOWN = 200;

export function EventList({ runs, onStep }: { runs: readonly ShownRun[]; onStep: (step: number) => void }) {
  const all = runs
    .flatMap((run) => run.data.events.map((event) => ({ run, event })))
    .sort((a, b) => (b.event.time ?? "").localeCompare(a.event.time ?? "") || b.event.step - a.event.step);
  return (
    <section aria-labelledby="events">
      <h2 id="events">
        Events <small>{all.length > SHOWN ? `the newest ${SHOWN} of ${all.length}` : ""}</small>
      </h2>
      {all.length === 0 && <p class="card empty-samples">Nothing yet</p>}
      <ol class="events card" hidden={all.length === 0}>
        {all.slice(0, SHOWN).map(({ run, event }, i) => (
          <li key={`${run.data.id} ${all.length - i}`} class={event.kind === "monitor" ? "alarm" : ""}>
            <button type="button" title="Go to this step" onClick={() => onStep(event.step)}>
              {`step ${formatCount(event.step)}`}
            </button>
            <span class={`name run-${run.colour}`}>
              <i class="dot" aria-hidden="true" /> {runs.length > 1 ? run.name : ""}
            </span>
            <span class="what">{describe(event)}</span>
            {event.time && <time dateTime={event.time}>{new Date(event.time).toLocaleTimeString()}</time>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function describe(event: RunEvent) {
  const text = (key: string) => (typeof event[key] === "string" ? event[key] : "");
  if (event.kind !== "monitor")
    return [event.kind, text("monitor"), text("action")].filter((word) => word).join(": ");
  return (
    <>
      <strong>{text("monitor")}</strong> {text("message")}
      {text("action") !== "" && <em>{text("action")}</em>}
      {text("advice") !== "" && <small>{`Try: ${text("advice")}`}</small>}
    </>
  );
}
