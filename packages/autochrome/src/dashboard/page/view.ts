/**
 * What is shown and how, kept in the page's address so that a reload or a bookmark shows it again.
 */
import type { RunSummary } from "../api.ts";
import { MAX_FOLLOWED } from "../api.ts";
import type { Axis } from "./run-data.ts";

export interface View {
  /** Null until the reader or the first list chooses. */
  runs: readonly string[] | null;
  axis: Axis;
  /** Weight of the past in the moving average, 0 to 0.99. */
  smoothing: number;
  log: boolean;
}

const SMOOTHING = 0.9;

export function readView(search: string): View {
  const query = new URLSearchParams(search);
  const axis = query.get("x");
  const smoothing = Number(query.get("smooth") ?? SMOOTHING);
  return {
    runs: query.has("run") ? query.getAll("run").slice(0, MAX_FOLLOWED) : null,
    axis: axis === "epoch" || axis === "seconds" ? axis : "step",
    smoothing: smoothing >= 0 && smoothing <= 0.99 ? smoothing : SMOOTHING,
    log: query.get("log") === "1",
  };
}

export function writeView({ runs, axis, smoothing, log }: View): string {
  const query = new URLSearchParams((runs ?? []).map((id) => ["run", id]));
  if (axis !== "step") query.set("x", axis);
  if (smoothing !== SMOOTHING) query.set("smooth", String(smoothing));
  if (log) query.set("log", "1");
  return `?${query}`;
}

/** The run to show where nobody has chosen: one that trains now, or else the one written to last. */
export function firstChoice(runs: readonly RunSummary[]): string[] {
  const running = runs.filter(({ state }) => state === "running");
  const latest = (running.length > 0 ? running : [...runs]).sort((a, b) => b.updated - a.updated)[0];
  return latest === undefined ? [] : [latest.id];
}

/** Gives each run a colour of its own, which it keeps while it is shown. */
export class Colours {
  readonly #slots: (string | null)[] = new Array<string | null>(MAX_FOLLOWED).fill(null);

  /** Number of the colour, from 0, for each run. */
  assign(ids: readonly string[]): Map<string, number> {
    this.#slots.forEach((id, slot) => {
      if (id !== null && !ids.includes(id)) this.#slots[slot] = null;
    });
    for (const id of ids) {
      if (!this.#slots.includes(id)) this.#slots[this.#slots.indexOf(null)] = id;
    }
    return new Map(ids.map((id) => [id, this.#slots.indexOf(id)]));
  }
}
