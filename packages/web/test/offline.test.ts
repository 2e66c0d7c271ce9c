import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSER, requireOrSkip } from "../../../scripts/test-tools.ts";
import { BUILD_MS, openPage, PATIENCE, SAMPLES, startVisit, TEST_MS, type Visit } from "./harness.ts";

const KEPT = `caches.keys().then(async (names) =>
  (await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))).flat().map(({ url }) => url))`;
const browser = requireOrSkip(BROWSER, "the page's offline tests");

describe.skipIf(!browser)("the page without a connection", { timeout: TEST_MS }, () => {
  let visit: Visit;
  beforeAll(async () => {
    // No headers at all, as of a plain static host.
    visit = await startVisit(browser!, {});
  }, BUILD_MS);
  afterAll(() => visit?.close());

  it("colours a photo after one visit, with threads", async () => {
    const { page, context } = await openPage(visit);
    expect(await page.evaluate("crossOriginIsolated")).toBe(false);
    await expect
      .poll(() => page.evaluate<string[]>(KEPT), PATIENCE)
      .toContainEqual(expect.stringMatching(/onnx$/));
    await context.setOffline(true);
    visit.network.cut();
    await page.reload();
    expect(await page.evaluate("crossOriginIsolated")).toBe(true);
    await page.getByLabel("Photo").setInputFiles(join(SAMPLES, "tulips.jpg"));
    await page.getByText("Done").waitFor(PATIENCE);
  });
});
