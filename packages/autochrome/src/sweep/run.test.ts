import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makePhotos } from "../training/testing.ts";
import { parseSweep, planTrials, runSweep, type SweepSettings, type TrialRunner } from "./index.ts";

let root: string;
let photos: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-sweep-"));
  photos = await makePhotos(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const base = () => ({
  ...{ photos: [photos], preset: "tiny", width: 2, depth: 2, discriminatorWidth: 2, discriminatorLayers: 1 },
  ...{ cropSize: 8, batchSize: 2, steps: 4, pretrainSteps: 2, validateEvery: 2, validationPhotos: 2 },
  ...{ validationSize: 8, samples: 0, checkpointEvery: 2, minColourfulness: 0, backend: "cpu" },
});
const sweep = (settings: Record<string, unknown> = {}): SweepSettings =>
  parseSweep({
    base: base(),
    parameters: { lambda: [10, 100] },
    objective: { metric: "chromaError" },
    ...settings,
  });

/** A run's metrics without what depends on the clock. */
const losses = async (run: string) =>
  (await readFile(join(run, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => {
      const { imagesPerSecond, waitFraction, seconds, secondsLeft, ...rest } = JSON.parse(line);
      return rest;
    });

describe("runSweep", () => {
  it("is interrupted, resumed exactly, and leaves a table, a page and the best settings", async () => {
    const whole = join(root, "whole");
    const { ended, results } = await runSweep(sweep(), whole);
    expect(ended).toBe("done");
    expect(results.counts).toEqual({ done: 2, stopped: 0, failed: 0, waiting: 0 });
    const objectives = results.points.map(({ objective }) => objective!);
    expect(objectives[0]).toBeLessThanOrEqual(objectives[1]!);
    expect(results.best).toEqual({ ...base(), lambda: results.points[0]!.point.lambda });
    expect(await readdir(whole)).toEqual([
      ...["best.json", "report.html", "results.json", "results.md"],
      ...["sweep.json", "trial-001", "trial-002"],
    ]);
    const page = await readFile(join(whole, "report.html"), "utf8");
    expect(page.match(/<circle/g)).toHaveLength(2);
    expect(page).not.toMatch(/https?:\/\//);

    const broken = join(root, "broken");
    const stop = new AbortController();
    const first = await runSweep(
      sweep(),
      broken,
      // In the midst of the second trial.
      { onTrialProgress: ({ id }, step) => id === "trial-002" && step === 1 && stop.abort() },
      { signal: stop.signal },
    );
    expect([first.ended, first.results.counts.done, first.results.counts.waiting]).toEqual([
      "interrupted",
      1,
      1,
    ]);
    const seen: string[] = [];
    const second = await runSweep(sweep(), broken, {
      onPlan: (_, records) => seen.push(`over: ${[...records.keys()]}`),
      onTrialStart: ({ id }, resumed) => seen.push(`${id} ${resumed}`),
    });
    expect(seen).toEqual(["over: trial-001", "trial-002 true"]);
    expect(second.results.points.map(({ point, objective }) => [point.lambda, objective])).toEqual(
      results.points.map(({ point, objective }) => [point.lambda, objective]),
    );
    for (const id of ["trial-001", "trial-002"]) {
      expect(await losses(join(broken, id))).toEqual(await losses(join(whole, id)));
    }
  }, 60_000);

  it("records what fails with its reason, goes on, and tries it again when asked", async () => {
    const folder = join(root, "failing");
    let fails = true;
    const runner: TrialRunner = async ({ config }) => {
      if (fails && config.lambda === 10) throw new Error("out of luck");
      return { ended: "done", step: 4, seconds: 1, best: { step: 4, score: config.lambda, metrics: {} } };
    };
    const settings = sweep({ objective: { metric: "score" } });
    const { results } = await runSweep(settings, folder, {}, { runner });
    expect(results.counts).toMatchObject({ done: 1, failed: 1 });
    expect(await readFile(join(folder, "results.md"), "utf8")).toMatch(/trial-001: failed, out of luck/);
    fails = false;
    expect((await runSweep(settings, folder, {}, { runner })).results.counts.failed).toBe(1);
    const again = await runSweep(settings, folder, {}, { runner, retryFailed: true });
    expect(again.results.counts).toMatchObject({ done: 2, failed: 0 });
  });

  it("averages over seeds, and takes more points into the same folder but no others", async () => {
    const folder = join(root, "seeds");
    const runner: TrialRunner = async ({ config: { lambda, seed } }) => ({
      ...{ ended: "done", step: 4, seconds: 1 },
      best: { step: 4, score: 0, metrics: { deltaE2000: lambda + seed } },
    });
    const settings = (lambda: number[]) =>
      sweep({ seeds: [1, 3], parameters: { lambda }, objective: { metric: "deltaE2000" } });
    const { results } = await runSweep(settings([30, 10]), folder, {}, { runner });
    // 10 + 1 and 10 + 3: mean 12, standard deviation sqrt(2).
    expect(results.points[0]).toMatchObject({ point: { lambda: 10 }, objective: 12 });
    expect(results.points[0]!.deviation).toBeCloseTo(Math.SQRT2, 10);
    expect((await runSweep(settings([30, 10, 5]), folder, {}, { runner })).results.counts.done).toBe(6);
    await expect(runSweep(settings([31, 10, 5]), folder, {}, { runner })).rejects.toThrow(
      /another sweep: trial-001 was "lambda 30, seed 1", and is "lambda 31, seed 1" now/,
    );
    const other = sweep({ seeds: [1, 3], parameters: { lambda: [30] }, base: { ...base(), batchSize: 3 } });
    await expect(runSweep(other, folder, {}, { runner })).rejects.toThrow(
      /base.batchSize was 2, and is 3 now/,
    );
  });

  it("stops trials that do worse than the median, and does not rank them", async () => {
    const runner: TrialRunner = async ({ config: { lambda } }, { signal, onValidation }) => {
      for (const step of [2, 4]) {
        if (!signal.aborted) onValidation(step, { score: -lambda });
      }
      const best = { step: 2, score: -lambda, metrics: {} };
      return {
        ended: signal.aborted ? "interrupted" : "done",
        step: signal.aborted ? 2 : 4,
        seconds: 1,
        best,
      };
    };
    const settings = sweep({
      ...{ parameters: { lambda: [10, 20, 30] }, objective: { metric: "score" } },
      stop: { after: 2, trials: 1 },
    });
    const curves = join(root, "curves");
    const { results } = await runSweep(settings, curves, {}, { runner: withMetrics(runner) });
    // 20 falls behind 10; 30 behind the median of both.
    expect(results.points.map(({ point, trials }) => [point.lambda, trials[0]!.record!.status])).toEqual([
      [10, "done"],
      [20, "stopped"],
      [30, "stopped"],
    ]);
    expect(results.points[1]!.objective).toBeNull();
  });

  it("refuses wrong settings of any trial before training, and a metric that there is not", async () => {
    let trained = 0;
    const runner: TrialRunner = async () => {
      trained++;
      throw new Error("never");
    };
    const wrong = sweep({ parameters: { lambda: [10, -1] } });
    await expect(runSweep(wrong, join(root, "wrong"), {}, { runner })).rejects.toThrow(
      /^trial-002 \(lambda -1\): lambda cannot be -1/,
    );
    expect(trained).toBe(0);
    const metric = sweep({ objective: { metric: "beauty" } });
    await expect(runSweep(metric, join(root, "metric"))).rejects.toThrow(
      /there is no metric 'beauty'. Validations give score, chromaError/,
    );
    const blind = sweep({ base: { ...base(), valFraction: 0 } });
    await expect(planTrials(blind, root)).rejects.toThrow(/valFraction is 0/);
  }, 30_000);
});

/** Leaves the validations in the trial's folder, as a training does. */
function withMetrics(runner: TrialRunner): TrialRunner {
  return async (trial, control) => {
    const { mkdir, writeFile } = await import("node:fs/promises");
    const lines: string[] = [];
    const result = await runner(trial, {
      ...control,
      onValidation: (step, metrics) => {
        lines.push(JSON.stringify({ step, validation: metrics }));
        control.onValidation(step, metrics);
      },
    });
    await mkdir(trial.config.run!, { recursive: true });
    await writeFile(join(trial.config.run!, "metrics.jsonl"), lines.join("\n"));
    return result;
  };
}
