import { describe, expect, it } from "vitest";
import { compareModels } from "./comparison.ts";
import { evaluatePhotos } from "./evaluate-photos.ts";
import { type ReportImage, renderReport } from "./report.ts";
import { logTicks, ticks } from "./report-charts.ts";
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
    painted: ["data:image/jpeg;base64,AAAA"],
    truth: PNG,
  }));
}

const RUN = {
  metrics: Array.from({ length: 40 }, (_, k) => ({
    step: k + 1,
    phase: k < 20 ? "l1" : "adversarial",
    l1: 1 / (k + 1),
    generatorLearningRate: 2e-4,
    note: "x",
    ...(k < 20 ? {} : { adversarial: 1, discriminator: 0.5 }),
    own: { loss: k },
  })),
  events: [
    { step: 20, kind: "adversarial phase" },
    { step: 30, kind: "monitor", monitor: "sepia", message: "18% <of it>", action: "went on" },
  ],
  config: { preset: "small & fast", photos: ["a"] },
};

describe("renderReport", () => {
  it("is self-contained, escaped and complete", async () => {
    const model = { name: "Run <one>", details: "version 1", result: await result(15), ...RUN };
    const html = renderReport([model], images(15));
    expect(html).not.toMatch(/(src|href)="(?!data:|#)/);
    expect(html).not.toMatch(/<script|<link|url\(|@import|NaN|undefined|Infinity/);
    expect(html).toContain("<h1>Run &lt;one&gt;</h1>");
    expect(html).toContain("small &amp; fast");
    expect(html).not.toContain("photo 0 <&>");
    expect(html.match(/<figure/g)).toHaveLength(15);
    expect(html).toContain("The other 3");
    expect(html).toContain('aria-label="ROC curves"');
    expect(html).toMatch(/aria-label="Confusion matrix per image: \d+ real called real/);
    expect(html).toContain('aria-label="Confusion matrix per patch');
    expect(html.match(/<td class="h/g)).toHaveLength(100);
    // Every link at the top leads to a part of the page.
    const places = [...html.matchAll(/href="#(\w+)"/g)].map(([, id]) => id);
    expect(places).toEqual(["figures", "photos", "discriminator", "colours", "training", "settings"]);
    for (const id of places) expect(html).toContain(`id="${id}"`);
  });

  it("marks the adversarial phase and the monitors' alarms on every curve, one a scale", async () => {
    const html = renderReport([{ name: "a", result: await result(2), ...RUN }], []);
    const titles = ["L1", "Adversarial losses", "Learning rates", "own.loss"];
    for (const title of titles) expect(html).toContain(`aria-label="${title}"`);
    expect(html.match(/from step 20<\/title>/g)).toHaveLength(titles.length);
    expect(html.match(/<title>step 30: sepia<\/title>/g)).toHaveLength(titles.length);
    expect(html).toContain("18% &lt;of it&gt;");
  });

  it("orders photos by ΔE2000 and shows none twice", async () => {
    const evaluation = await result(3);
    const model = { name: "a", result: evaluation };
    const html = renderReport([model], images(3));
    expect(html.match(/<figure/g)).toHaveLength(3);
    const best = evaluation.perPhoto.toSorted((a, b) => a.model.deltaE2000 - b.model.deltaE2000)[0];
    const firstAlt = html.slice(html.indexOf("Best photos")).match(/alt="photo (\d)/)?.[1];
    expect(best.name).toContain(`photo ${firstAlt}`);
    expect(renderReport([model], images(1)).match(/<figure/g)).toHaveLength(1);
    expect(renderReport([model], [])).not.toContain("<figure");
  });

  it("sets several models side by side and compares them to the first", async () => {
    const models = [
      { name: "one", result: await result(4) },
      { name: "two", result: await result(4), ...RUN },
      { name: "three", result: await result(4) },
    ];
    const [image] = images(1);
    const painted = [PNG, PNG, PNG];
    const html = renderReport(models, [{ ...image, painted }], { comparison: compareModels(models) });
    expect(html).toContain("<h1>one · two · three</h1>");
    expect(html.match(/<img/g)).toHaveLength(5);
    expect(html).toContain("Compared to one");
    // Equal models: each wins half of the resamples, in nine metrics.
    expect(html.match(/>50%<\/span>/g)).toHaveLength(2 * 9);
    expect(html.match(/<summary>(one|two|three)<\/summary>/g)).toHaveLength(6);
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("refuses pictures that would be fetched or are not pictures", async () => {
    const models = [{ name: "a", result: await result(1) }];
    const [image] = images(1);
    const remote = [{ ...image, truth: "https://example.org/a.png" }];
    expect(() => renderReport(models, remote)).toThrow(/neither an encoded image nor a data: URI/);
    expect(() => renderReport(models, [{ ...image, gray: Uint8Array.of(1, 2) }])).toThrow(/photo 0/);
  });
});

describe("ticks", () => {
  it("are round and inside the range", () => {
    expect(ticks([0, 1], 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(ticks([-3, 601], 5)).toEqual([0, 200, 400, 600]);
    expect(ticks([5, 5], 4)).toEqual([5]);
    expect(logTicks([0.04, 3])).toEqual(
      [0.05, 0.1, 0.2, 0.5, 1, 2].map((value) => expect.closeTo(value, 12)),
    );
    expect(logTicks([1e-4, 1e2])).toHaveLength(7);
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
    expect(series[0].points).toHaveLength(200);
    expect(series[0].points[0]).toEqual([10, 1]);
    expect(series[0].band[0]).toEqual([0, 2]);
    expect(trainingSeries([{ step: 0, loss: 1 }])).toEqual([]);
  });
});
