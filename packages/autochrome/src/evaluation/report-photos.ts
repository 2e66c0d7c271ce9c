import { AutochromeError } from "../errors.ts";
import type { PhotoEvaluation } from "./evaluate-models.ts";
import { formatNumber } from "./format.ts";
import { escapeHtml } from "./html.ts";
import type { ReportImage, ReportModel, ReportPicture } from "./report.ts";

/** How many of the best and of the worst photos stand at the top. */
const SHOWN = 6;

/** The best and the worst photos by the first model's ΔE2000, and the others folded away. */
export function photosSection(models: readonly ReportModel[], images: readonly ReportImage[]): string {
  const byName = new Map(images.map((image) => [image.name, image]));
  const first = models[0].result.perPhoto;
  const ranked = first
    .map((_, index) => index)
    .filter((index) => byName.has(first[index].name))
    .sort((one, other) => first[one].model.deltaE2000 - first[other].model.deltaE2000);
  if (ranked.length === 0) return "";
  const shown = Math.min(SHOWN, Math.ceil(ranked.length / 2));
  const best = ranked.slice(0, shown);
  const worst = ranked.slice(Math.max(shown, ranked.length - SHOWN)).reverse();
  const rest = ranked.slice(shown, ranked.length - worst.length);
  const width = 150 * (models.length + 2) + 40;
  const grid = (photos: readonly number[]): string => {
    const cards = photos.map((index) =>
      photoCard(
        models.map(({ result }) => result.perPhoto[index]),
        models,
        byName.get(first[index].name)!,
      ),
    );
    const columns = `repeat(auto-fit,minmax(min(100%,${width}px),1fr))`;
    return `<div class="photos" style="grid-template-columns:${columns}">${cards.join("")}</div>`;
  };
  const by = models.length > 1 ? ` of ${escapeHtml(models[0].name)}` : "";
  return [
    `<h2 id="photos">Best photos</h2><p class="soft">By the mean ΔE2000${by}: lower is better.</p>${grid(best)}`,
    worst.length > 0 ? `<h2>Worst photos</h2>${grid(worst)}` : "",
    rest.length > 0
      ? `<details><summary>The other ${rest.length}, best first</summary>${grid(rest)}</details>`
      : "",
  ].join("");
}

function photoCard(
  evaluations: readonly PhotoEvaluation[],
  models: readonly ReportModel[],
  image: ReportImage,
): string {
  const [{ name, width, height, baselines }] = evaluations;
  const several = models.length > 1;
  const shot = (source: ReportPicture, label: string, figures: string): string =>
    `<div><img src="${dataUri(source, name)}" width="${width}" height="${height}" ` +
    `alt="${escapeHtml(`${name}, ${label}`)}"><span title="${escapeHtml(label)}"><b>${escapeHtml(label)}</b>${figures}</span></div>`;
  const painted = image.painted.map((picture, i) => {
    const label = several ? models[i].name : "colourized";
    return shot(picture, label, ` ΔE ${formatNumber(evaluations[i].model.deltaE2000, 1)}`);
  });
  const hues = evaluations.map(({ model }, i) => {
    const of = several ? `${escapeHtml(models[i].name)}: ` : "";
    return `${of}hue accuracy ${formatNumber(model.hueAccuracy, 2)}, colourfulness ratio ${formatNumber(model.colourfulnessRatio, 2)}`;
  });
  return [
    `<figure class="card"><div class="shots${several ? " many" : ""}" style="--n:${models.length + 2}">`,
    shot(image.gray, "gray", ` ΔE ${formatNumber(baselines.gray.deltaE2000, 1)}`),
    ...painted,
    shot(image.truth, "true", ""),
    `</div><figcaption>${escapeHtml(name)} · ${hues.join(" · ")}</figcaption></figure>`,
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
