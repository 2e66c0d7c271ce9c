import type { Comparison, NamedResult } from "./comparison.ts";
import { escapeHtml } from "./html.ts";
import { coloursSection } from "./report-colours.ts";
import { discriminatorSection } from "./report-discriminator.ts";
import {
  comparisonSection,
  headlineTiles,
  leadSentence,
  metricsTable,
  rankingSentence,
} from "./report-figures.ts";
import { photosSection } from "./report-photos.ts";
import { REPORT_STYLE } from "./report-style.ts";
import { trainingSection } from "./report-training.ts";

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
export interface ReportModel extends NamedResult {
  /** Version, preset and the like, for a line under the name. */
  readonly details?: string;
  /** Parsed rows of the run's `metrics.jsonl`, for its training curves. */
  readonly metrics?: readonly Readonly<Record<string, unknown>>[];
  /** Parsed rows of the run's `events.jsonl`, which are marked on the curves. */
  readonly events?: readonly Readonly<Record<string, unknown>>[];
  /** The run's resolved configuration. */
  readonly config?: unknown;
}

export interface ReportOptions {
  /** Of several models, from `compareModels`. */
  readonly comparison?: Comparison;
}

/** Parts of the page that the bar at its top leads to, where they are there. */
const PLACES: readonly (readonly [id: string, label: string])[] = [
  ["figures", "Figures"],
  ["comparison", "Comparison"],
  ["photos", "Photos"],
  ["discriminator", "Discriminator"],
  ["colours", "Colours"],
  ["training", "Training"],
  ["settings", "Settings"],
];

/**
 * The report of an evaluation as one self-contained HTML document (no scripts, no outside requests; its content
 * security policy forbids them), light and dark, for screens and paper: figures beside baselines, several models
 * compared, the best and worst photos by mean CIEDE2000 and all others, the discriminator's and the colours' confusion
 * matrices, ROC, training curves, settings.
 *
 * @param models one or more, of the same photos in the same order; the first one orders the photos
 * @param images photos to show; those without a measured photo of the same name are left out
 * @throws AutochromeError when a picture is neither an encoded image nor a `data:` URI
 */
export function renderReport(
  models: readonly ReportModel[],
  images: readonly ReportImage[],
  { comparison }: ReportOptions = {},
): string {
  const [first] = models;
  const several = models.length > 1;
  const title = models.map(({ name }) => name).join(several ? " · " : "");
  const photos = `${first.result.photos} ${first.result.photos === 1 ? "photo" : "photos"}`;
  const details = models.map(({ name, details: text }) =>
    [several ? name : "", text ?? ""].filter((part) => part !== "").join(": "),
  );
  const body = [
    `<h2 id="figures">Beside the baselines</h2>`,
    `<p class="soft">Means over ${photos} with bootstrap 95% intervals. “gray” paints no colour, “mean” one colour everywhere: the training photos' mean${models.some(({ result }) => "l1" in result.baselines) ? "; “l1” is the network as it was before its adversarial phase" : ""}. ΔE2000, hue accuracy and the colourfulness ratio are read together: a timid network beats a vivid one in ΔE2000, and a warm tint over everything gets half of the hues right.</p>`,
    metricsTable(models),
    comparison
      ? `<h2 id="comparison">Compared to ${escapeHtml(comparison.reference)}</h2>${comparisonSection(comparison)}`
      : "",
    photosSection(models, images),
    `<h2 id="discriminator">Discriminator</h2><p class="soft">How well it tells real photos from these colourized ones. Near 50% it is fooled, or broken.</p>`,
    each(models, ({ result }) => discriminatorSection(result.discriminator)),
    `<h2 id="colours">What each colour is painted as</h2><p class="soft">A row holds the pixels of one true colour. The area of a square is the share of them that was painted in the square's colour; what lies on the diagonal is right.</p>`,
    each(models, ({ result }) => coloursSection(result.colours)),
    ...onlyOf(
      models.filter(({ metrics }) => metrics !== undefined && metrics.length > 0),
      `<h2 id="training">Training</h2>`,
      ({ metrics, events }) => trainingSection(metrics!, events),
      several,
    ),
    ...onlyOf(
      models.filter(({ config }) => config !== undefined),
      `<h2 id="settings">Settings</h2>`,
      ({ config }) => settingsCard(config),
      several,
    ),
  ].join("\n");
  const links = PLACES.filter(([id]) => body.includes(`id="${id}"`)).map(
    ([id, label]) => `<a href="#${id}">${label}</a>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}: Autochrome evaluation</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<header>
<p class="overline"><span class="grains"><i style="background:#e4682f"></i><i style="background:#3f9a5f"></i><i style="background:#5d4fc4"></i></span>Autochrome evaluation</p>
<h1>${escapeHtml(title)}</h1>
<p class="soft">${[...details.filter((text) => text !== "").map(escapeHtml), photos].join(several ? "<br>" : " · ")}</p>
<p class="lead">${several ? rankingSentence(models) : leadSentence(first.result)}</p>
</header>
<nav>${links.join("")}</nav>
${several ? "" : headlineTiles(first.result)}
${body}
<footer>PSNR and SSIM (Wang et al. 2004) on 8-bit sRGB; ΔE2000 (CIEDE2000), ab MAE, ε-accuracy (Nazeri et al. 2018) and AuC (Zhang et al. 2016) in CIE Lab, D65; colourfulness after Hasler and Süsstrunk 2003. Lightness is the photo's own in every picture, so that they differ in colour alone.</footer>
</main>
</body>
</html>
`;
}

/** A part of every model; with several, under their names, all but the first folded away. */
function each(models: readonly ReportModel[], render: (model: ReportModel) => string): string {
  if (models.length === 1) return render(models[0]);
  return models
    .map(
      (model, i) =>
        `<details${i === 0 ? " open" : ""}><summary>${escapeHtml(model.name)}</summary>${render(model)}</details>`,
    )
    .join("");
}

/** A section of the models that have it; nothing where none has. */
function onlyOf(
  models: readonly ReportModel[],
  heading: string,
  render: (model: ReportModel) => string,
  several: boolean,
): string[] {
  if (models.length === 0) return [];
  const named = several && models.length === 1 ? `<h3>${escapeHtml(models[0].name)}</h3>` : "";
  return [heading, named, each(models, render)];
}

/** A run's settings; a nested one as JSON. */
function settingsCard(config: unknown): string {
  const entries = Object.entries(config !== null && typeof config === "object" ? config : { value: config });
  const rows = entries.map(([key, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `<div><dt>${escapeHtml(key)}</dt><dd>${escapeHtml(text)}</dd></div>`;
  });
  return `<div class="card"><dl class="settings">${rows.join("")}</dl></div>`;
}
