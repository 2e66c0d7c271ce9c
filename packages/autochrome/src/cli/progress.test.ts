import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { formatBytes, formatDuration, formatTable, Io } from "./output.ts";
import { formatRate, Progress } from "./progress.ts";

function terminal(isTTY: boolean, env: NodeJS.ProcessEnv = {}) {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 60 });
  const io = new Io({ stderr, env });
  return { io, shown: () => String(stderr.read() ?? "") };
}

describe("Progress", () => {
  it("draws a bar with rate and time left on a terminal, after one second", () => {
    const { io, shown } = terminal(true);
    let clock = 0;
    const progress = new Progress(io, { label: "colorize", total: 8, unit: "photo", now: () => clock });
    clock = 900;
    progress.update(1);
    expect(shown()).toBe("");
    clock = 2000;
    progress.update(4);
    expect(shown()).toBe("\rcolorize  [############------------]  4/8  2.0 photos/s  2…\x1b[K");
    io.note("a line");
    // The bar is cleared, the line printed, the bar drawn again below it.
    const [line, bar] = shown().split("\n");
    expect(line).toBe("\r\x1b[Ka line");
    expect(bar).toMatch(/^colorize .*4\/8/);
    progress.finish();
    expect(shown()).toBe("\r\x1b[K");
  });

  it("prints few plain lines elsewhere, and nothing when quiet", () => {
    const { io, shown } = terminal(false);
    let clock = 0;
    const progress = new Progress(io, {
      label: "train",
      total: null,
      unit: "step",
      start: 10,
      now: () => clock,
    });
    for (clock = 0; clock <= 20_000; clock += 1000) progress.update(10 + clock / 1000, "loss 0.5");
    expect(shown()).toBe("train  25 steps  1.0 steps/s  loss 0.5\n");
    const quiet = new Progress(io.with({ quiet: true }), {
      label: "x",
      total: 1,
      unit: "y",
      now: () => clock,
    });
    clock += 60_000;
    quiet.update(1);
    expect(shown()).toBe("");
  });
});

describe("Io.paint", () => {
  it("respects NO_COLOR and streams that are no terminal", () => {
    expect(terminal(true).io.paint("red", "x")).toBe("\x1b[31mx\x1b[39m");
    expect(terminal(true, { NO_COLOR: "1" }).io.paint("red", "x")).toBe("x");
    expect(terminal(false).io.paint("red", "x")).toBe("x");
  });
});

describe("formatting", () => {
  it("writes rates, durations, bytes and tables", () => {
    expect(formatRate(0.25, "photo")).toBe("4.0 s/photo");
    expect(formatRate(0, "photo")).toBe("- photos/s");
    expect([420, 3_240, 59_990, 185_000, 7_620_000].map(formatDuration)).toEqual([
      "420 ms",
      "3.2 s",
      "1 min 00 s",
      "3 min 05 s",
      "2 h 07 min",
    ]);
    expect([812, 4_210, 999_960, 18_300_000].map(formatBytes)).toEqual([
      "812 B",
      "4.2 kB",
      "1.0 MB",
      "18.3 MB",
    ]);
    expect(
      formatTable([
        ["a", "bb"],
        ["ccc", "d"],
      ]),
    ).toEqual(["a    bb", "ccc  d"]);
  });
});
