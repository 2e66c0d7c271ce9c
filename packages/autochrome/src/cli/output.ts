/**
 * The command line's three streams. Data goes to stdout; messages, warnings and progress to stderr.
 *
 * @module
 */
import type { Readable, Writable } from "node:stream";

export type Paint = "bold" | "dim" | "red" | "green" | "yellow";

const ANSI: Readonly<Record<Paint, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

type OutputStream = Writable & { isTTY?: boolean; columns?: number };

export interface IoOptions {
  stdin?: Readable & { isTTY?: boolean };
  stdout?: OutputStream;
  stderr?: OutputStream;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  quiet?: boolean;
  json?: boolean;
  debug?: boolean;
}

/** What a command reads from and prints to. */
export class Io {
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly debug: boolean;
  /** The transient line (a progress bar) now on the terminal; printing clears it and draws it again. */
  #transient = "";

  constructor(options: IoOptions = {}) {
    this.stdin = options.stdin ?? process.stdin;
    this.stdout = options.stdout ?? process.stdout;
    this.stderr = options.stderr ?? process.stderr;
    this.env = options.env ?? process.env;
    this.signal = options.signal ?? new AbortController().signal;
    this.quiet = options.quiet ?? false;
    this.json = options.json ?? false;
    this.debug = options.debug ?? false;
  }

  /** The same streams with other switches. */
  with(options: IoOptions): Io {
    return new Io({ ...this, ...options });
  }

  /** A line of data on stdout. */
  print(line: string): void {
    this.#around(() => this.stdout.write(`${line}\n`));
  }

  /** One JSON document on stdout. */
  printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, 2));
  }

  /** A message for the person watching, on stderr; silent under `--quiet`. */
  note(line: string): void {
    if (!this.quiet) this.warn(line);
  }

  /** A warning or an error on stderr, shown even under `--quiet`. */
  warn(line: string): void {
    this.#around(() => this.stderr.write(`${line}\n`));
  }

  /** Draws (or with "" removes) the transient line at the bottom of the terminal. */
  transient(line: string): void {
    if (line === this.#transient) return;
    if (line === "") this.#clear();
    else this.stderr.write(`\r${line}\x1b[K`);
    this.#transient = line;
  }

  /** True where a bar can be redrawn in place. */
  get interactive(): boolean {
    return this.stderr.isTTY === true && this.env.TERM !== "dumb" && !this.quiet;
  }

  /** Colours `text` for stderr (default) or stdout, where that is a terminal and NO_COLOR is not set. */
  paint(paint: Paint, text: string, stream: "stderr" | "stdout" = "stderr"): string {
    const noColor = this.env.NO_COLOR !== undefined && this.env.NO_COLOR !== "";
    if (noColor || this[stream].isTTY !== true || this.env.TERM === "dumb") return text;
    const [open, close] = ANSI[paint];
    return `\x1b[${open}m${text}\x1b[${close}m`;
  }

  /** Binary data on stdout; resolves when the stream has taken it. */
  writeData(data: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.stdout.write(data, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** All of stdin. */
  async readStdin(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
    return Buffer.concat(chunks);
  }

  #clear(): void {
    if (this.#transient !== "") this.stderr.write("\r\x1b[K");
  }

  #around(write: () => void): void {
    this.#clear();
    write();
    if (this.#transient !== "") this.stderr.write(this.#transient);
  }
}

/**
 * A reader that leaves early (`autochrome info | head -1`) is no failure: the process ends quietly instead of
 * dying on an unhandled EPIPE.
 */
export function endQuietlyOnClosedPipe(...streams: Writable[]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  }
}

/** Left-aligned columns, two spaces apart; the last column is not padded. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}

/** `1.2 s`, `3 min 05 s`, `2 h 07 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 1) return `${Math.round(milliseconds)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** `812 B`, `4.2 kB`, `18.3 MB` (powers of 1000). */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** An error's message in one line. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, " ").trim();
}
