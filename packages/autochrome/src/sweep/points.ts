/**
 * The points of a search space.
 *
 * @module
 */
import { Random } from "../data/index.ts";
import type { Parameter, ParameterRange, ParameterValue, SweepSettings } from "./settings.ts";
import { sweepError } from "./settings.ts";

/** One value a parameter. */
export type Point = Readonly<Record<string, ParameterValue>>;

const LARGEST_GRID = 10_000;
/** Purpose of the draws, so that a training of the same seed has others. */
const SWEEP = 0x73776570;

/**
 * The points of a sweep, in the order in which they are tried: of a grid the last parameter varies fastest; point i of a
 * random search (Bergstra and Bengio 2012) depends on the seed and i alone, so that more trials leave the first ones
 * as they are.
 *
 * @throws AutochromeError (exit code 2) for a grid of more than 10,000 points
 */
export function pointsOf(
  settings: Pick<SweepSettings, "search" | "trials" | "seed" | "parameters">,
): Point[] {
  const entries = Object.entries(settings.parameters);
  if (settings.search === "random") {
    return Array.from({ length: settings.trials! }, (_, i) => {
      const random = Random.of(settings.seed, SWEEP, i);
      return Object.fromEntries(entries.map(([key, parameter]) => [key, draw(parameter, random)]));
    });
  }
  const values = entries.map(([key, parameter]) => ({ key, values: gridValues(parameter) }));
  const size = values.reduce((product, { values: { length } }) => product * length, 1);
  if (size > LARGEST_GRID) {
    throw sweepError(`the grid has ${size} points: name fewer values, or set search to 'random'.`);
  }
  let points: Point[] = [{}];
  for (const { key, values: choices } of values) {
    points = points.flatMap((point) => choices.map((value) => ({ ...point, [key]: value })));
  }
  return points;
}

/** Values of a parameter on a grid; a range gives `points` of them at equal distances, on its scale. */
export function gridValues(parameter: Parameter): ParameterValue[] {
  if (isChoice(parameter)) return [...parameter];
  const points = parameter.points ?? 2;
  const values = Array.from({ length: points }, (_, i) => place(parameter, i / (points - 1)));
  // Whole numbers may meet.
  return [...new Set(values)];
}

function draw(parameter: Parameter, random: Random): ParameterValue {
  if (isChoice(parameter)) return parameter[random.integer(parameter.length)]!;
  const { min, max, scale, integer } = parameter;
  // Rounding would draw the ends half as often.
  if (integer && scale === "linear")
    return Math.ceil(min) + random.integer(Math.floor(max) - Math.ceil(min) + 1);
  return place(parameter, random.uniform());
}

/** The value at `share` of the way from `min` to `max`, at 6 significant digits. */
function place({ min, max, scale, integer }: ParameterRange, share: number): number {
  const value = scale === "log" ? min * (max / min) ** share : min + (max - min) * share;
  if (integer) return Math.min(max, Math.max(min, Math.round(value)));
  return Math.min(max, Math.max(min, Number(value.toPrecision(6))));
}

export function isChoice(parameter: Parameter): parameter is readonly ParameterValue[] {
  return Array.isArray(parameter);
}
