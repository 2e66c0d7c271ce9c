/**
 * Progress on stderr: a bar with rate and time left on a terminal, a plain line now and then elsewhere.
 *
 * @module
 */
import { formatDuration, type Io } from "./output.ts";

export interface ProgressOptions {
  /** What is being done: `colorize`, `train`. */
  label: string;
  /** How many units in all; null where that is not known yet. */
  total: number | null;
  /** One unit's name, for the rate: `photo`, `image`, `step`. */
  unit: string;
  /** Units already done before this run (a resumed training), left out of the rate. */
  start?: number;
  /** Clock in milliseconds; given by tests. */
  now?: () => number;
}

/** Nothing is drawn for what is over within a second. */
const FIRST_DRAW_MS = 1000;
const REDRAW_MS = 100;
/** Away from a terminal (a log file, CI) a line is kept for ever, so there are few. */
const PLAIN_LINE_MS = 15_000;
const BAR_WIDTH = 24;

/** `3.4 photos/s`, or `2.1 s/photo` when slower than one a second. */
export function formatRate(perSecond: number, unit: string): string {
  if (!Number.isFinite(perSecond) || perSecond <= 0) return `- ${unit}s/s`;
  if (perSecond >= 1) return `${perSecond >= 100 ? Math.round(perSecond) : perSecond.toFixed(1)} ${unit}s/s`;
  return `${formatDuration(1000 / perSecond)}/${unit}`;
}

export class Progress {
  readonly #io: Io;
  readonly #options: ProgressOptions;
  readonly #now: () => number;
  readonly #startedAt: number;
  #total: number | null;
  #drawnAt: number;

  constructor(io: Io, options: ProgressOptions) {
    this.#io = io;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#startedAt = this.#now();
    this.#total = options.total;
    this.#drawnAt = this.#startedAt;
  }

  /** Sets the total when it becomes known, or changes. */
  setTotal(total: number | null): void {
    this.#total = total;
  }

  /**
   * Draws, where a draw is due.
   *
   * @param done units done so far, those of `start` included
   * @param detail what else to show: losses, the file in hand
   */
  update(done: number, detail = ""): void {
    if (this.#io.quiet) return;
    const now = this.#now();
    const interactive = this.#io.interactive;
    if (now - this.#startedAt < FIRST_DRAW_MS) return;
    if (now - this.#drawnAt < (interactive ? REDRAW_MS : PLAIN_LINE_MS)) return;
    this.#drawnAt = now;
    const line = this.format(done, detail);
    if (!interactive && done === this.#total) return;
    if (interactive) this.#io.transient(clip(line, (this.#io.stderr.columns ?? 80) - 1));
    else this.#io.note(line);
  }

  /** The line that `update` draws. */
  format(done: number, detail = ""): string {
    const { label, unit, start = 0 } = this.#options;
    const total = this.#total;
    const elapsed = this.#now() - this.#startedAt;
    const perSecond = elapsed > 0 ? ((done - start) / elapsed) * 1000 : 0;
    const parts = [label];
    if (total === null) {
      parts.push(`${done} ${unit}s`);
    } else {
      if (this.#io.interactive) parts.push(bar(total > 0 ? done / total : 1));
      parts.push(`${done}/${total}`);
    }
    parts.push(formatRate(perSecond, unit));
    if (total !== null && perSecond > 0) {
      parts.push(`${formatDuration(((total - done) / perSecond) * 1000)} left`);
    }
    if (detail !== "") parts.push(detail);
    return parts.join("  ");
  }

  /** Removes the bar. Call it in a `finally`. */
  finish(): void {
    if (this.#io.interactive) this.#io.transient("");
  }
}

function bar(fraction: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * BAR_WIDTH);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}]`;
}

/** A line longer than the terminal would wrap, and the next redraw would leave its upper part behind. */
function clip(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
