import { type Browser, chromium, type Page } from "playwright-core";
import { registerOnnxRuntime } from "tfjs-onnxruntime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSER, requireOrSkip } from "../../../../scripts/test-tools.ts";
import { buildSite, type Served, type Site, serve } from "./harness.ts";
import { type Report, trainAndReport } from "./training.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const TOLERANCE = 1e-3;

const executablePath = requireOrSkip(BROWSER, "the engine's browser tests");

describe.skipIf(!executablePath)("in a browser", () => {
  let site: Site;
  let browser: Browser;
  let expected: Report;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    expected = await trainAndReport(await registerOnnxRuntime({ threads: 1 }));
    site = await buildSite();
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: FLAGS });
    closing.push(() => browser.close());
  });

  afterAll(async () => {
    await Promise.allSettled(closing.map((close) => close()));
  });

  /** Opens the page, which must be silent: every message and error of it fails the test. */
  async function open(isolated: boolean): Promise<{ page: Page; complaints: string[] }> {
    const served: Served = await serve(site, isolated);
    closing.push(() => served.close());
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("requestfailed", (request) => complaints.push(`${request.url()} failed`));
    await page.goto(served.url);
    expect(await page.evaluate("crossOriginIsolated")).toBe(isolated);
    return { page, complaints };
  }

  function expectSame(report: Report): void {
    expect(report.losses).toHaveLength(expected.losses.length);
    report.losses.flat().forEach((loss, i) => {
      expect(Math.abs(loss - expected.losses.flat()[i])).toBeLessThan(TOLERANCE);
    });
    report.prediction.forEach((value, i) => {
      expect(Math.abs(value - expected.prediction[i])).toBeLessThan(TOLERANCE);
    });
    expect(report.boxes).toEqual([0, 2]);
    expect(report.stats.fallbacks).toEqual({ NonMaxSuppressionV3: 1 });
    expect([report.compiles, report.traces]).toEqual([expected.compiles, expected.traces]);
  }

  it("is compared with a training that learns, settles on its graphs and is replayed", () => {
    const [first, last] = [expected.losses[0], expected.losses[expected.losses.length - 1]];
    expect(last[1]).toBeLessThan(first[1]);
    expect(expected.compiles[1]).toBe(0);
    expect(expected.traces).toBeLessThan(expected.losses.length / 2);
    expect(expected.prediction.some((value) => Math.abs(value) > 0.01)).toBe(true);
  });

  it("trains in a page that is not isolated with one thread, to the losses of Node", async () => {
    const { page, complaints } = await open(false);
    expectSame(await page.evaluate<Report>("run({})"));
    expect(page.workers()).toHaveLength(0);
    await expect(page.evaluate("run({ threads: 2 })")).rejects.toThrow(/Cross-Origin-Opener-Policy/);
    expect(complaints).toEqual([]);
  });

  it("trains in an isolated page with two threads, to the losses of Node", async () => {
    const { page, complaints } = await open(true);
    expectSame(await page.evaluate<Report>("run({ threads: 2 })"));
    expect(page.workers()).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  it("trains in a worker, with the runtime's files in a folder of their own, to the losses of Node", async () => {
    const { page, complaints } = await open(true);
    const report = await page.evaluate<Report>(`new Promise((resolve, reject) => {
      const worker = new Worker("/worker.js", { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage({ threads: 2, wasmPaths: "/onnxruntime" });
    })`);
    expectSame(report);
    expect(complaints).toEqual([]);
  });
});
