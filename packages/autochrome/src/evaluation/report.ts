import { AutochromeError } from "../errors.ts";
import type { Comparison } from "./comparison.ts";
import type { EvaluationResult, PhotoEvaluation } from "./evaluate-models.ts";
import { formatNumber } from "./format.ts";
import { escapeHtml } from "./html.ts";
import {
  coloursSection,
  curvesSection,
  discriminatorSection,
  headlineTiles,
  metricsTable,
} from "./report-sections.ts";
import { REPORT_STYLE } from "./report-style.ts";

/** A picture of the report: an encoded file (JPEG, PNG, WebP, AVIF) or a `data:` URI. */
export type ReportPicture = Uint8Array | string;

/** A photo's pictures; `name` as in the evaluation. A long side of 384 pixels is plenty. */
export interface ReportImage {
  readonly name: string;
  readonly gray: ReportPicture;
  /** One a model, in their order. */
  readonly painted: readonly ReportPicture[];
  readonly truth: ReportPicture;
}

/** A model of the report, with a run's records where it is one. */
export interface ReportModel {
  readonly name: string;
  /** Version, preset and the like, for a line under the name. */
  readonly details?: string;
  readonly result: EvaluationResult;
  /** Parsed rows of the run's `metrics.jsonl`, for its training curves. */
  readonly metrics?: readonly Readonly<Record<string, unknown>>[];
  /** Parsed rows of the run's `events.jsonl`, which are marked on the curves. */
  readonly events?: readonly Readonly<Record<string, unknown>>[];
  /** The run's resolved configuration. */
  readonly config?: unknown;
}

export interface ReportOptions {
  /** Heading; default "Autochrome evaluation". */
  readonly title?: string;
  /** Of several models, from `compareModels`. */
  readonly comparison?: Comparison;
}

/** How many of the best and of the worst photos stand at the top. */
const SHOWN = 6;

/**
 * The report of an evaluation as one self-contained HTML document (no scripts, no outside requests; its content
 * security policy forbids them), light and dark: figures beside baselines, the best and worst photos by mean
 * CIEDE2000 and all others, the discriminator's and the colours' confusion matrices, ROC, training curves, config.
 *
 * @param images photos to show; those without a measured photo of the same name are left out
 * @throws AutochromeError when a picture is neither an encoded image nor a `data:` URI
 */
export function renderReport(
  models: readonly ReportModel[],
  images: readonly ReportImage[],
  options: ReportOptions = {},
): string {
  const [{ result, name, metrics = [], config: settings }] = models;
  const title = options.title ?? "Autochrome evaluation";
  const photos = `${result.photos} ${result.photos === 1 ? "photo" : "photos"}`;
  const subtitle = `${escapeHtml(name)} · ${photos}`;
  const curves = metrics.length > 0 ? `<h2>Training curves</h2>${curvesSection(metrics)}` : "";
  const config =
    settings === undefined
      ? ""
      : `<h2>Configuration</h2><div class="card"><pre>${escapeHtml(JSON.stringify(settings, null, 2))}</pre></div>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="soft">${subtitle}</p>
${headlineTiles(result)}
<h2>Beside the baselines</h2>
<p class="soft">Means over photos with bootstrap 95% intervals. “gray” paints no chroma, “mean” the training set's mean chroma everywhere. ΔE2000, hue accuracy and the colourfulness ratio are read together: a timid network beats a vivid one in ΔE2000.</p>
${metricsTable(result)}
${photosSection(result, images)}
<h2>Discriminator</h2>
${discriminatorSection(result.discriminator)}
<h2>What each colour is painted as</h2>
${coloursSection(result)}
${curves}
${config}
</main>
</body>
</html>
`;
}

function photosSection(result: EvaluationResult, images: readonly ReportImage[]): string {
  const byName = new Map(images.map((image) => [image.name, image]));
  const ranked = result.perPhoto
    .filter(({ name }) => byName.has(name))
    .sort((one, other) => one.model.deltaE2000 - other.model.deltaE2000);
  if (ranked.length === 0) return "";
  const shown = Math.min(SHOWN, Math.ceil(ranked.length / 2));
  const best = ranked.slice(0, shown);
  const worst = ranked.slice(Math.max(shown, ranked.length - SHOWN)).reverse();
  const rest = ranked.slice(shown, ranked.length - worst.length);
  const figures = (photos: readonly PhotoEvaluation[]): string =>
    `<div class="grid photos">${photos.map((photo) => triple(photo, byName.get(photo.name)!)).join("")}</div>`;
  return [
    `<h2>Best photos by ΔE2000</h2>${figures(best)}`,
    worst.length > 0 ? `<h2>Worst photos by ΔE2000</h2>${figures(worst)}` : "",
    rest.length > 0
      ? `<details><summary>The other ${rest.length}, best first</summary>${figures(rest)}</details>`
      : "",
  ].join("");
}

function triple({ name, width, height, model, baselines }: PhotoEvaluation, image: ReportImage): string {
  const picture = (source: ReportPicture, label: string): string =>
    `<div><img src="${dataUri(source, name)}" width="${width}" height="${height}" alt="${escapeHtml(`${name}, ${label}`)}">${label}</div>`;
  return [
    `<figure class="card"><div class="triple">`,
    picture(image.gray, "gray"),
    picture(image.painted[0], "colourized"),
    picture(image.truth, "true"),
    `</div><figcaption>${escapeHtml(name)}<br><span class="soft">ΔE2000 ${formatNumber(model.deltaE2000, 1)}`,
    ` (gray ${formatNumber(baselines.gray.deltaE2000, 1)}) · hue accuracy ${formatNumber(model.hueAccuracy, 2)}`,
    ` · colourfulness ratio ${formatNumber(model.colourfulnessRatio, 2)}</span></figcaption></figure>`,
  ].join("");
}

function dataUri(picture: ReportPicture, name: string): string {
  if (typeof picture === "string") {
    if (/^data:image\/[\w.+-]+[;,]/.test(picture)) return escapeHtml(picture);
  } else {
    const mime = imageType(picture);
    if (mime) return `data:${mime};base64,${Buffer.from(picture).toString("base64")}`;
  }
  throw new AutochromeError(
    `${name}: a picture of the report is neither an encoded image nor a data: URI; encode it as JPEG, PNG, WebP or AVIF first`,
    { code: "NOT_AN_IMAGE" },
  );
}

/** MIME type by the file's first bytes. */
function imageType(bytes: Uint8Array): string | null {
  const text = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return "image/jpeg";
  if (text(1, 4) === "PNG") return "image/png";
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return "image/webp";
  if (text(4, 12) === "ftypavif") return "image/avif";
  return null;
}
