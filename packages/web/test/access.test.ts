import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSER, requireOrSkip } from "../../../scripts/test-tools.ts";
import {
  BUILD_MS,
  choosePhotos,
  colorShares,
  expectNothingSent,
  HEADERS,
  openPage,
  PATIENCE,
  photoInColor,
  SAMPLES,
  SOON,
  startVisit,
  TEST_MS,
  type Visit,
} from "./harness.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

const browser = requireOrSkip(BROWSER, "the page's tests of keyboard, phone and accessibility");

describe.skipIf(!browser)("the page for everybody", { timeout: TEST_MS }, () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await startVisit(browser!, HEADERS);
  }, BUILD_MS);
  afterAll(() => visit?.close());

  /** Rules of WCAG 2.2, levels A and AA, that the page breaks as it stands. */
  async function broken(page: Page): Promise<string[]> {
    await page.evaluate(AXE);
    return page.evaluate(`axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] })
      .then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))`);
  }

  /** Presses Tab until the element with this accessible name has the focus. */
  async function tabTo(page: Page, role: Parameters<Page["getByRole"]>[0], name: RegExp): Promise<void> {
    const aim = page.getByRole(role, { name }).first();
    for (let presses = 0; presses < 40; presses++) {
      if (await aim.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab does not reach ${name}`);
  }

  it("is used from start to end by keyboard alone", async () => {
    const { page, context, complaints } = await openPage(visit);
    // Before Tab: what takes the chooser's place has to reach the browser before Enter does, and on a busy machine may not.
    const chooser = page.waitForEvent("filechooser");
    await tabTo(page, "button", /^Choose photos/);
    await page.keyboard.press("Enter");
    await (await chooser).setFiles(join(SAMPLES, "tulips.jpg"));
    await photoInColor(page, "tulips.jpg").waitFor(PATIENCE);
    await tabTo(page, "slider", /^Before and after/);
    await page.keyboard.press("Home");
    await expect
      .poll(async () => (await colorShares(photoInColor(page, "tulips.jpg"))).left, SOON)
      .toBeGreaterThan(0.2);
    await tabTo(page, "slider", /^Colour strength/);
    await page.keyboard.press("ArrowRight");
    expect(await page.getByRole("slider", { name: "Colour strength" }).inputValue()).toBe("105");
    await tabTo(page, "button", /^Download/);
    const download = page.waitForEvent("download", PATIENCE);
    await page.keyboard.press("Enter");
    expect((await download).suggestedFilename()).toBe("tulips.color.jpg");
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("fits a phone and follows fingers", async () => {
    const { page, context, complaints } = await openPage(visit, PHONE);
    const overflow = () => page.evaluate("document.scrollingElement.scrollWidth - innerWidth");
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.getByRole("button", { name: "Mountain" }).tap();
    const photo = photoInColor(page, "mountain.jpg");
    await photo.waitFor(PATIENCE);
    expect(await overflow()).toBeLessThanOrEqual(0);
    const divider = page.getByRole("slider", { name: "Before and after" });
    const box = (await divider.boundingBox())!;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const touch = await context.newCDPSession(page);
    const send = (type: "touchStart" | "touchMove" | "touchEnd", ...places: { x: number; y: number }[]) =>
      touch.send("Input.dispatchTouchEvent", { type, touchPoints: places });
    await send("touchStart", { x, y });
    await send("touchMove", { x: x - 40, y });
    await send("touchMove", { x: x - 80, y });
    await send("touchEnd");
    await expect.poll(async () => Number(await divider.getAttribute("aria-valuenow")), SOON).toBeLessThan(45);
    const percent = page.getByRole("button", { name: /^True size/ });
    const whole = await percent.textContent();
    // Two fingers that part.
    await send("touchStart", { x: x - 20, y: y + 60 }, { x: x + 20, y: y + 60 });
    await send("touchMove", { x: x - 60, y: y + 60 }, { x: x + 60, y: y + 60 });
    await send("touchMove", { x: x - 100, y: y + 60 }, { x: x + 100, y: y + 60 });
    await send("touchEnd");
    await expect.poll(() => percent.textContent(), SOON).not.toBe(whole);
    expect(await broken(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it.each(["light", "dark"] as const)("breaks no rule of accessibility in %s", async (colorScheme) => {
    const { page, context, complaints } = await openPage(visit, { colorScheme });
    expect(await broken(page)).toEqual([]);
    await choosePhotos(page, join(SAMPLES, "dunes.jpg"), join(SAMPLES, "cliff.jpg"));
    await photoInColor(page, "dunes.jpg").waitFor(PATIENCE);
    await page.getByRole("option", { name: "cliff.jpg, in colour" }).waitFor(PATIENCE);
    expect(await broken(page)).toEqual([]);
    await page.getByRole("button", { name: "File format" }).click();
    expect(await broken(page)).toEqual([]);
    await page.getByRole("button", { name: "About" }).click();
    expect(await broken(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Fix a colour" }).click();
    await photoInColor(page, "dunes.jpg").click();
    await page.getByRole("dialog", { name: "Colour of this place" }).waitFor();
    expect(await broken(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("has sent nothing but requests for its own files", () => expectNothingSent(visit));
});
