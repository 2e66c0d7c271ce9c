import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSER, requireOrSkip } from "../../../scripts/test-tools.ts";
import {
  BUILD_MS,
  choosePhotos,
  expectNothingSent,
  openPage,
  PATIENCE,
  photoInColor,
  SAMPLES,
  startVisit,
  TEST_MS,
  type Visit,
} from "./harness.ts";

const browser = requireOrSkip(BROWSER, "the page's offline tests");

describe.skipIf(!browser)("the page without a connection", { timeout: TEST_MS }, () => {
  let visit: Visit;
  beforeAll(async () => {
    // No headers at all, as of a plain static host.
    visit = await startVisit(browser!, {});
  }, BUILD_MS);
  afterAll(() => visit?.close());

  it("colours photos after one visit, a sample too, with threads though the host sends no headers", async () => {
    const { page, context } = await openPage(visit);
    expect(await page.evaluate("crossOriginIsolated")).toBe(false);
    await page.getByText("Works offline").waitFor(PATIENCE);
    const fetched = visit.network.requests.map(({ url }) => url).filter((url) => url.endsWith(".wasm"));
    expect(fetched).toHaveLength(1);
    expectNothingSent(visit);

    await context.setOffline(true);
    visit.network.cut();
    await page.reload();
    expect(await page.evaluate("crossOriginIsolated")).toBe(true);
    await choosePhotos(page, join(SAMPLES, "tulips.jpg"));
    await photoInColor(page, "tulips.jpg").waitFor(PATIENCE);
    await page.getByRole("button", { name: "Remove tulips.jpg" }).click();
    await page.getByRole("button", { name: "Dunes" }).click();
    await photoInColor(page, "dunes.jpg").waitFor(PATIENCE);
  });
});
