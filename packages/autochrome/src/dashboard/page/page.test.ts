import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunSummary, SeriesUpdate } from "../api.ts";
import { Series } from "../series.ts";
import { confusionAt } from "./confusion.ts";
import { joinCurves, nearestIndex, positive, quantiles, smooth } from "./curves.ts";
import { formatDuration, formatPercent, formatValue } from "./format.ts";
import { RunData, SeriesData } from "./run-data.ts";
import { settingsOf } from "./settings-table.ts";
import { Colours, firstChoice, readView, writeView } from "./view.ts";

const update = (columns: Record<string, (number | null)[]>, from = 0, stride = 1): SeriesUpdate => ({
  from,
  stride,
  columns: Object.fromEntries(Object.entries(columns).map(([name, mean]) => [name, { mean }])),
});
const series = (...updates: SeriesUpdate[]) => {
  const data = new SeriesData();
  for (const each of updates) data.apply(each);
  return data;
};

describe("curves", () => {
  it("smooth is a moving average that starts at the first value and keeps gaps", () => {
    // Weights 0.5: 4; (0.25 * 4 + 0.5 * 1) / 0.75; the gap; (0.125 * 4 + 0.25 * 1 + 0.5 * 3) / 0.875.
    const [first, second, gap, third] = smooth([4, 1, null, 3], 0.5);
    expect([first, second, gap]).toEqual([4, 2, null]);
    expect(third).toBeCloseTo(2.25 / 0.875, 12);
    expect(smooth([1, null, 2], 0)).toEqual([1, null, 2]);
  });

  it("smooth leaves a constant as it is", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (length, weight) => {
          for (const value of smooth(new Array(length).fill(7), weight)) expect(value).toBeCloseTo(7, 9);
        },
      ),
    );
  });

  it("joins curves over the union of their positions", () => {
    const curves = [
      { x: [1, 2, 3], y: [[10, 20, 30]] },
      {
        x: [2, null, 4],
        y: [
          [5, 6, 7],
          [8, 9, null],
        ],
      },
    ];
    expect(joinCurves(curves)).toEqual([
      [1, 2, 3, 4],
      [10, 20, 30, null],
      [null, 5, null, 7],
      [null, 8, null, null],
    ]);
  });

  it("finds quantiles, the nearest position, and what a logarithmic axis can show", () => {
    const values = Array.from({ length: 101 }, (_, i) => 100 - i);
    expect(quantiles(values, 0.02)).toEqual([2, 98]);
    expect(quantiles([3, null, undefined, 1], 0)).toEqual([1, 3]);
    expect(nearestIndex([1, null, 5, 9], 6)).toBe(2);
    expect(nearestIndex([null], 6)).toBe(-1);
    expect(positive([2, 0, -1, null])).toEqual([2, null, null, null]);
  });
});

describe("SeriesData", () => {
  it("appends, replaces the bucket in progress, starts anew, and fills columns that came late", () => {
    const data = series(
      update({ step: [1, 2], l1: [5, 6] }),
      update({ step: [2, 3], l1: [7, 8], late: [1, 2] }, 1),
    );
    expect([data.length, data.mean("step"), data.mean("l1"), data.mean("late")]).toEqual([
      3,
      [1, 2, 3],
      [5, 7, 8],
      [null, 1, 2],
    ]);
    expect(data.low("l1")).toEqual([5, 7, 8]);
    data.apply(update({ step: [4] }, 3));
    expect(data.mean("l1")).toEqual([5, 7, 8, null]);
    data.apply(update({ step: [1] }));
    expect([data.length, data.mean("step"), data.has("l1")]).toEqual([1, [1], false]);
  });

  it("ends at what the server holds, however its news are cut into messages", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ value: fc.integer(), told: fc.boolean() }), { maxLength: 80 }),
        (rows) => {
          const server = new Series(8);
          const data = new SeriesData();
          let cursor = server.cursor;
          const tell = () => {
            const news = server.since(cursor);
            if (news) data.apply(news);
            cursor = server.cursor;
          };
          rows.forEach(({ value, told }, i) => {
            server.add({ step: i + 1, value });
            if (told) tell();
          });
          tell();
          const whole = new SeriesData();
          whole.apply(server.since(null)!);
          for (const name of ["step", "value"]) {
            expect([data.mean(name), data.low(name), data.high(name)]).toEqual([
              whole.mean(name),
              whole.low(name),
              whole.high(name),
            ]);
          }
        },
      ),
    );
  });

  it("finds the bucket of a step", () => {
    const single = series(update({ step: [1, 2, 3, 5] }));
    expect([0, 1, 3, 4, 5, 9].map((step) => single.indexOfStep(step))).toEqual([-1, 0, 2, 2, 3, 3]);
    const pairs = series(update({ step: [2, 4, 5] }, 0, 2));
    expect([1, 2, 3, 5, 9].map((step) => pairs.indexOfStep(step))).toEqual([0, 0, 1, 2, 2]);
  });
});

describe("RunData", () => {
  it("shows no sheet of steps that a resumed run took back", () => {
    const run = new RunData("a");
    const samples = [2, 4, 6].map((step) => ({ step, version: "v" }));
    run.apply({
      run: "a",
      metrics: update({ step: [1, 2, 3, 4, 5, 6], epoch: [0, 1, 1, 2, 2, 3] }),
      samples,
    });
    expect(run.sampleAt(5)?.step).toBe(4);
    expect(run.sampleAt(1)?.step).toBe(2);
    expect(run.position(4, "epoch")).toBe(2);
    run.apply({ run: "a", metrics: update({ step: [1, 2, 3, 4, 5] }) });
    expect(run.samples.map(({ step }) => step)).toEqual([2, 4]);
    expect(run.position(4, "seconds")).toBeNull();
  });

  it("appends events, or starts them anew", () => {
    const run = new RunData("a");
    const event = (step: number) => ({ step, kind: "monitor" });
    run.apply({ run: "a", events: { fresh: true, list: [event(1)] } });
    run.apply({ run: "a", events: { fresh: false, list: [event(2)] } });
    expect(run.events.map(({ step }) => step)).toEqual([1, 2]);
    run.apply({ run: "a", events: { fresh: true, list: [event(1)] } });
    expect(run.events.map(({ step }) => step)).toEqual([1]);
  });
});

describe("confusionAt", () => {
  it("turns the two accuracies into shares of all patches", () => {
    const found = confusionAt(
      series(update({ step: [1, 2], realAccuracy: [0.9, 0.7], fakeAccuracy: [0.5, 0.7] })),
      2,
    )!;
    // Means 0.8 and 0.6; half of the patches are real.
    expect(found).toMatchObject({ step: 2, rows: 2 });
    const { tp, fn, fp, tn, accuracy, precision, recall, f1 } = found;
    [tp, fn, fp, tn, accuracy, recall].forEach((share, i) => {
      expect(share).toBeCloseTo([0.4, 0.1, 0.2, 0.3, 0.7, 0.8][i]!, 12);
    });
    expect(precision).toBeCloseTo(0.4 / 0.6, 12);
    expect(f1).toBeCloseTo((2 * 0.4) / (2 * 0.4 + 0.2 + 0.1), 12);
  });

  it("is null before the discriminator plays, and looks back about twenty steps", () => {
    const steps = Array.from({ length: 60 }, (_, i) => i + 1);
    const accuracy = steps.map((step) => (step <= 10 ? null : step <= 40 ? 1 : 0));
    const data = series(update({ step: steps, realAccuracy: accuracy, fakeAccuracy: accuracy }));
    expect(confusionAt(data, 10)).toBeNull();
    expect(confusionAt(data, 12)).toMatchObject({ accuracy: 1, rows: 2 });
    expect(confusionAt(data, 50)!.accuracy).toBeCloseTo(0.5, 12);
    expect(confusionAt(data, 60)).toMatchObject({ accuracy: 0, rows: 20 });
  });
});

describe("the view", () => {
  it("survives in the address", () => {
    const view = { runs: ["a/b", "c&d"], axis: "seconds", smoothing: 0.25, log: true } as const;
    expect(readView(writeView(view))).toEqual(view);
    expect(readView("?x=colour&smooth=7")).toEqual({ runs: null, axis: "step", smoothing: 0.9, log: false });
  });

  it("begins with a run that trains now, or else with the newest", () => {
    const run = (id: string, state: string, updated: number) => ({ id, state, updated }) as RunSummary;
    expect(firstChoice([run("a", "finished", 9), run("b", "running", 5)])).toEqual(["b"]);
    expect(firstChoice([run("a", "finished", 9), run("b", "interrupted", 5)])).toEqual(["a"]);
    expect(firstChoice([])).toEqual([]);
  });

  it("lets a run keep its colour while it is shown", () => {
    const colours = new Colours();
    expect([...colours.assign(["a", "b"])]).toEqual([
      ["a", 0],
      ["b", 1],
    ]);
    expect([...colours.assign(["b", "c"])]).toEqual([
      ["b", 1],
      ["c", 0],
    ]);
  });
});

describe("settingsOf", () => {
  it("tells which settings differ", () => {
    expect(
      settingsOf([
        { a: 1, photos: ["x", "y"], c: null },
        { a: 2, photos: ["x", "y"] },
      ]),
    ).toEqual([
      { key: "a", values: ["1", "2"], differs: true },
      { key: "photos", values: ["x, y", "x, y"], differs: false },
      { key: "c", values: ["null", "–"], differs: true },
    ]);
  });
});

it("writes numbers and times shortly", () => {
  expect([0, 0.1234, 12.345, 4321, 2e-4, 1.5e7, null, Number.NaN].map(formatValue)).toEqual([
    "0.00",
    "0.123",
    "12.3",
    "4,321",
    "2.0e-4",
    "1.5e7",
    "–",
    "–",
  ]);
  expect([0.031, 0.5, null].map(formatPercent)).toEqual(["3.1%", "50%", "–"]);
  expect([45, 720, 12_000, 190_000, null].map(formatDuration)).toEqual([
    "45 s",
    "12 min",
    "3 h 20 min",
    "2 d 4 h",
    "–",
  ]);
});
