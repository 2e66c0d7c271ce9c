import { readFile } from "node:fs/promises";
import { z } from "zod";
import { AutochromeError } from "../errors.ts";
import type { EvaluationJson } from "../evaluation/index.ts";
import { readError } from "../image/index.ts";

const interval = z.object({
  mean: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
const metrics = z.object({
  psnr: interval,
  ssim: interval,
  deltaE2000: interval,
  abMae: interval,
  colourfulnessRatio: interval,
  hueAccuracy: interval,
  accuracy2: interval,
  accuracy5: interval,
  auc: interval,
});
const count = z.number().nullable();
const decisions = z.looseObject({
  threshold: count,
  confusion: z.object({ tp: count, fp: count, fn: count, tn: count }),
  ...{ accuracy: count, precision: count, recall: count, f1: count, rocAuc: count },
});
/** Only what a card quotes. */
const evaluation = z.looseObject({
  photos: z.int().min(1),
  model: metrics,
  baselines: z.object({ gray: metrics, mean: metrics }).catchall(metrics),
  colours: z.looseObject({ classes: z.array(z.string()), confusion: z.array(z.array(count)) }).optional(),
  discriminator: z.looseObject({ perImage: decisions, perPatch: decisions }).nullish(),
});

/**
 * Reads what `autochrome evaluate --json` printed.
 *
 * @throws AutochromeError when it cannot be read, or is something else
 */
export async function readEvaluation(path: string): Promise<EvaluationJson> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw readError(path, error);
  }
  const wrong = (cause: unknown): AutochromeError =>
    new AutochromeError(
      `${path} is no evaluation: write one with 'autochrome evaluate <photos> --model <network> --json > ${path}'.`,
      { code: "BAD_METRICS", cause },
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(error);
  }
  const parsed = evaluation.safeParse(value);
  if (!parsed.success) throw wrong(parsed.error);
  return value as EvaluationJson;
}
