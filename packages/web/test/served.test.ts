import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSER, requireOrSkip } from "../../../scripts/test-tools.ts";
import { type PhotoServer, startServer } from "../../autochrome/src/server/index.ts";
import {
  BUILD_MS,
  choosePhotos,
  colorShares,
  FLAGS,
  PATIENCE,
  photoInColor,
  SAMPLES,
  SOON,
  TEST_MS,
} from "./harness.ts";

const executablePath = requireOrSkip(BROWSER, "the test of the page as 'autochrome serve' serves it");

describe.skipIf(!executablePath)("the page from autochrome serve", { timeout: TEST_MS }, () => {
  let server: PhotoServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startServer({ port: 0, workers: 1 });
    browser = await chromium.launch({ executablePath: executablePath!, args: FLAGS });
  }, BUILD_MS);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("colours with threads, complains of nothing, and works when the server is gone", async () => {
    const context = await browser.newContext();
    const complaints: string[] = [];
    context.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    context.on("weberror", (error) => complaints.push(error.error().message));
    const page = await context.newPage();
    await page.goto(server.url);
    await choosePhotos(page, join(SAMPLES, "dunes.jpg"));
    await photoInColor(page, "dunes.jpg").waitFor(PATIENCE);
    // Colour fades in.
    await expect
      .poll(async () => (await colorShares(photoInColor(page, "dunes.jpg"))).right, SOON)
      .toBeGreaterThan(0.2);
    expect(await page.evaluate("crossOriginIsolated")).toBe(true);
    await page.getByText("Works offline").waitFor(PATIENCE);
    expect(complaints).toEqual([]);
    await server.close();
    const later = await context.newPage();
    await later.goto(server.url);
    await choosePhotos(later, join(SAMPLES, "cliff.jpg"));
    await photoInColor(later, "cliff.jpg").waitFor(PATIENCE);
    await context.close();
  });
});
