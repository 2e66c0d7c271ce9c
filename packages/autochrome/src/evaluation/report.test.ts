import { describe, expect, it } from "vitest";
import { evaluatePhotos } from "./evaluate-photos.ts";
import { type ReportImage, renderReport } from "./report.ts";
import { trainingSeries } from "./training-curves.ts";

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1, 2, 3);

async function result(count: number) {
  const photos = Array.from({ length: count }, (_, k) => {
    const rgb = new Uint8Array(12 * 12 * 3).map((_, i) => (i % 3 === 0 ? 200 : 40 + k));
    return { name: `photo ${k} <&>.jpg`, rgb, width: 12, height: 12 };
  });
  let call = 0;
  return evaluatePhotos(photos, async ({ rgb }) => rgb.map((value) => value + call).fill(call++, 0, 30), {
    meanChroma: [0, 3],
    discriminator: async ({ rgb }) => Float32Array.of(rgb[0] - 100, rgb[0] - 190),
    labelSmoothing: 0.9,
  });
}

function images(count: number): ReportImage[] {
  return Array.from({ length: count }, (_, k) => ({
    name: `photo ${k} <&>.jpg`,
    gray: PNG,
    colourized: "data:image/jpeg;base64,AAAA",
    truth: PNG,
  }));
}

describe("renderReport", () => {
  it("is self-contained, escaped and complete", async () => {
    const html = renderReport(await result(15), images(15), {
      title: "Run <one>",
      subtitle: "small",
      curves: [
        { step: 0, loss: { g: 2, d: 1 } },
        { step: 10, loss: { g: 1, d: 1 }, note: "x" },
      ],
      config: { preset: "small & fast" },
    });
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    expect(html).not.toMatch(/<script|<link|url\(|@import|NaN|undefined|Infinity/);
    expect(html).toContain("Run &lt;one&gt;");
    expect(html).toContain("small &amp; fast");
    expect(html).not.toContain("photo 0 <&>");
    expect(html.match(/<figure/g)).toHaveLength(15);
    expect(html).toContain("The other 3");
    expect(html).toContain('aria-label="ROC curves"');
    expect(html).toContain('aria-label="loss.g"');
    expect(html.match(/<table class="matrix/g)).toHaveLength(3);
  });

  it("orders photos by ΔE2000 and shows none twice", async () => {
    const evaluation = await result(3);
    const html = renderReport(evaluation, images(3));
    expect(html.match(/<figure/g)).toHaveLength(3);
    const best = evaluation.perPhoto.toSorted((a, b) => a.model.deltaE2000 - b.model.deltaE2000)[0];
    const firstAlt = html.slice(html.indexOf("Best photos")).match(/alt="photo (\d)/)?.[1];
    expect(best.name).toContain(`photo ${firstAlt}`);
    expect(renderReport(evaluation, images(1)).match(/<figure/g)).toHaveLength(1);
    expect(renderReport(evaluation, [])).not.toContain("<figure");
  });

  it("refuses pictures that would be fetched or are not pictures", async () => {
    const evaluation = await result(1);
    const [image] = images(1);
    const remote = [{ ...image, truth: "https://example.org/a.png" }];
    expect(() => renderReport(evaluation, remote)).toThrow(/neither an encoded image nor a data: URI/);
    expect(() => renderReport(evaluation, [{ ...image, gray: Uint8Array.of(1, 2) }])).toThrow(/photo 0/);
  });
});

describe("trainingSeries", () => {
  it("flattens, skips counters and non-finite values, and thins by averaging", () => {
    const rows = Array.from({ length: 600 }, (_, k) => ({
      step: k * 10,
      epoch: 1,
      phase: "gan",
      loss: { generator: k, discriminator: k === 3 ? null : 1 },
    }));
    const series = trainingSeries(rows);
    expect(series.map(({ name }) => name)).toEqual(["loss.generator", "loss.discriminator"]);
    expect(series[0].points).toHaveLength(300);
    expect(series[0].points[0]).toEqual([5, 0.5]);
    expect(trainingSeries([{ step: 0, loss: 1 }])).toEqual([]);
  });
});
