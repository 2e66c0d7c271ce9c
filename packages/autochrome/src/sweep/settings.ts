/**
 * What a sweep is asked to do: its file, checked.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { AutochromeError } from "../errors.ts";
import { CONFIG_KEYS, type ConfigKey, nearestKey, type PartialConfig } from "../training/config/index.ts";

const value = z.union([z.number(), z.string(), z.boolean(), z.null()]);

const range = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    /** `log`: equal factors instead of equal differences, as learning rates ask for. */
    scale: z.enum(["linear", "log"]).default("linear"),
    integer: z.boolean().default(false),
    /** Grid search: how many values, both ends included. */
    points: z.int().min(2).max(1000).optional(),
  })
  .refine(({ min, max }) => min < max, "min has to be below max")
  .refine(({ scale, min }) => scale === "linear" || min > 0, "a log scale needs a min above 0");

const settingsSchema = z.strictObject({
  search: z.enum(["grid", "random"]).default("grid"),
  /** Random search: how many points are drawn. */
  trials: z.int().min(1).max(10_000).optional(),
  /** Fixes the draws of a random search. */
  seed: z.int().min(0).default(1),
  /** Each point is trained once with each of these. */
  seeds: z.array(z.int().min(0)).min(1).default([1]),
  /** Settings that all trials share, as in a configuration file of `train`. */
  base: z.record(z.string(), z.unknown()),
  /** What is varied: a list of values, or a range. */
  parameters: z.record(z.string(), z.union([z.array(value).min(1), range])),
  objective: z
    .strictObject({
      /** `score`, or a metric of the validations: `deltaE2000`, `psnr`, `hueAccuracy`, `colourfulnessRatio`. */
      metric: z.string().min(1).default("score"),
      goal: z.enum(["maximize", "minimize"]).optional(),
    })
    .default({ metric: "score" }),
  /** Ends trials that do worse than the median of the others at the same step; null lets all run to their end. */
  stop: z
    .strictObject({
      /** Steps that every trial may take. */
      after: z.int().min(1),
      /** Others that have to be known at that step. */
      trials: z.int().min(1).default(3),
    })
    .nullable()
    .default(null),
});

export type ParameterRange = z.infer<typeof range>;
export type ParameterValue = z.infer<typeof value>;
export type Parameter = readonly ParameterValue[] | ParameterRange;

/** A sweep's settings, every default written out. */
export interface SweepSettings extends Omit<z.infer<typeof settingsSchema>, "base" | "objective"> {
  base: PartialConfig;
  objective: { metric: string; goal: "maximize" | "minimize" };
}

/** Metrics of which less is better. */
const LOWER_IS_BETTER = new Set(["deltaE2000", "abMae", "chromaError"]);

/** What a sweep sets itself, or what makes no other network. */
const NOT_VARIED: Partial<Record<ConfigKey, string>> = {
  run: "each trial has a folder of its own",
  photos: "trials are compared on the same photos",
  val: "trials are compared on the same photos",
  seed: "use 'seeds'",
  backend: "it is to change no result",
  device: "it is to change no result",
  threads: "it is to change no result",
};

/**
 * Reads a sweep's file.
 *
 * @throws AutochromeError (exit code 2) when it is missing, no JSON, or wrong
 */
export async function readSweepFile(path: string): Promise<SweepSettings> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw sweepError(`the sweep's file ${path} cannot be read: name an existing JSON file.`, cause);
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw sweepError(`the sweep's file ${path} is not valid JSON (${reason}).`, cause);
  }
  return parseSweep(content);
}

/**
 * Checks a sweep's settings; those of training are checked with each trial, see `planTrials`.
 *
 * @throws AutochromeError (exit code 2) naming what is unknown, out of range, missing or at odds
 */
export function parseSweep(content: unknown): SweepSettings {
  const parsed = settingsSchema.safeParse(content);
  if (!parsed.success) {
    const { issues } = parsed.error;
    // A misspelled key leaves the right one missing: the misspelling is what to mend.
    const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]!;
    const where = issue.path.map(String).join(".");
    const isObject = typeof content === "object" && content !== null && !Array.isArray(content);
    if (issue.code === "invalid_type" && issue.path.length === 1 && isObject && !(where in content)) {
      throw sweepError(
        `the sweep's file has no '${where}': it needs "base", the settings of all trials, and "parameters", what to ` +
          'vary, as in {"base": {"photos": ["photos/"]}, "parameters": {"lambda": [10, 50]}}.',
      );
    }
    const unknown = issue.code === "unrecognized_keys" ? ` (${issue.keys.join(", ")})` : "";
    throw sweepError(
      `the sweep's ${where === "" ? "file" : `'${where}'`} is wrong: ${reasonOf(issue)}${unknown}.`,
    );
  }
  const { objective, ...settings } = parsed.data;
  for (const [where, keys] of [
    ["base", Object.keys(settings.base)],
    ["parameters", Object.keys(settings.parameters)],
  ] as const) {
    for (const key of keys) checkKey(where, key);
  }
  const twice = Object.keys(settings.parameters).find((key) => key in settings.base);
  if (twice !== undefined)
    throw sweepError(`'${twice}' is in both 'base' and 'parameters': leave it in one.`);
  if (Object.keys(settings.parameters).length === 0) {
    throw sweepError("'parameters' is empty: name a setting to vary, as in {\"lambda\": [10, 50, 100]}.");
  }
  checkSearch(settings);
  const goal = objective.goal ?? (LOWER_IS_BETTER.has(objective.metric) ? "minimize" : "maximize");
  return {
    ...settings,
    base: settings.base as PartialConfig,
    objective: { metric: objective.metric, goal },
  };
}

function checkKey(where: "base" | "parameters", key: string): void {
  if (!CONFIG_KEYS.includes(key as ConfigKey)) {
    const guess = nearestKey(key);
    const hint = guess === null ? "Run 'autochrome train --help' for all." : `Did you mean '${guess}'?`;
    throw sweepError(`${where}: '${key}' is no setting. ${hint}`);
  }
  const reason = NOT_VARIED[key as ConfigKey];
  if (where === "parameters" && reason !== undefined) {
    throw sweepError(`parameters: '${key}' cannot be varied: ${reason}.`);
  }
  if (where === "base" && (key === "run" || key === "seed")) {
    throw sweepError(`base: '${key}' does not belong there: ${NOT_VARIED[key]}.`);
  }
}

function checkSearch({
  search,
  trials,
  parameters,
}: Pick<SweepSettings, "search" | "trials" | "parameters">) {
  if (search === "random") {
    if (trials === undefined)
      throw sweepError("a random search needs 'trials', the number of points to draw.");
    return;
  }
  if (trials !== undefined) {
    throw sweepError("'trials' belongs to a random search: leave it out, or set search to 'random'.");
  }
  for (const [key, parameter] of Object.entries(parameters)) {
    if (!Array.isArray(parameter) && (parameter as ParameterRange).points === undefined) {
      throw sweepError(`parameters: the range of '${key}' needs 'points' in a grid search.`);
    }
  }
}

function reasonOf(issue: z.core.$ZodIssue): string {
  // Of a union the message says nothing; what a parameter can be is short to tell.
  if (issue.code !== "invalid_union") return issue.message.toLowerCase();
  return issue.path[0] === "parameters"
    ? 'it has to be a list of values, or a range such as {"min": 1e-5, "max": 1e-3, "scale": "log", "points": 3}'
    : issue.message.toLowerCase();
}

export function sweepError(message: string, cause?: unknown): AutochromeError {
  return new AutochromeError(message, { code: "BAD_SWEEP", exitCode: 2, cause });
}
