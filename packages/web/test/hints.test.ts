import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodePhoto, loadColorizer, readHintsFile } from "autochrome";
import type { Locator, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSER, requireOrSkip } from "../../../scripts/test-tools.ts";
import {
  BUILD_MS,
  choosePhotos,
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

const browser = requireOrSkip(BROWSER, "the page's tests of colour hints");
const PHOTO = join(SAMPLES, "tulips.jpg");

describe.skipIf(!browser)("colour hints in the page", { timeout: TEST_MS }, () => {
  let visit: Visit;
  let folder: string;
  beforeAll(async () => {
    visit = await startVisit(browser!, HEADERS);
    folder = await mkdtemp(join(tmpdir(), "hints-"));
  }, BUILD_MS);
  afterAll(async () => {
    await visit?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Mean colour of what is drawn around a place of the photo's box, whose parts are given from 0 to 1. */
  async function colorAt(photo: Locator, x: number, y: number): Promise<number[]> {
    const { data, info } = await sharp(await photo.screenshot())
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const sum = [0, 0, 0];
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        const at = ((Math.round(y * info.height) + dy) * info.width + Math.round(x * info.width) + dx) * 3;
        for (let channel = 0; channel < 3; channel++) sum[channel]! += data[at + channel]! / 81;
      }
    }
    return sum;
  }

  async function openPhoto(page: Page): Promise<Locator> {
    await choosePhotos(page, PHOTO);
    const photo = photoInColor(page, "tulips.jpg");
    await photo.waitFor(PATIENCE);
    // The right half of the divider is in colour; the whole photo is easier to look at.
    await page.getByRole("radio", { name: "After" }).check({ force: true });
    await page.getByRole("button", { name: "Fix a colour" }).click();
    return photo;
  }

  async function clickAt(photo: Locator, x: number, y: number): Promise<void> {
    const box = (await photo.boundingBox())!;
    await photo.page().mouse.click(box.x + x * box.width, box.y + y * box.height);
  }

  async function saved(page: Page, button: RegExp, name: string): Promise<string> {
    const waiting = page.waitForEvent("download", PATIENCE);
    await page.getByRole("button", { name: button }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe(name);
    const path = join(folder, name);
    await download.saveAs(path);
    return path;
  }

  it("recolours what is clicked, undoes, redoes, deletes", async () => {
    const { page, context, complaints } = await openPage(visit);
    const photo = await openPhoto(page);
    const [x, y] = [0.5, 0.45];
    await clickAt(photo, x, y);
    const choice = page.getByRole("dialog", { name: "Colour of this place" });
    // What the network finds plausible comes first.
    await choice.getByRole("heading", { name: "Likely here" }).waitFor(PATIENCE);
    const likely = choice.locator(".suggested").getByRole("button");
    await expect.poll(() => likely.count(), PATIENCE).toBeGreaterThan(0);
    expect(await likely.count()).toBeLessThanOrEqual(6);
    const redness = async () => {
      const [r, g, b] = await colorAt(photo, x, y);
      return r! - Math.max(g!, b!);
    };
    // The network's own colour, once it has faded in.
    let unhinted = Number.NaN;
    const settles = async () => {
      const before = unhinted;
      unhinted = await redness();
      return unhinted === before;
    };
    await expect.poll(settles, SOON).toBe(true);
    expect(unhinted).toBeLessThan(15);
    const astray = async () => Math.abs((await redness()) - unhinted);
    await choice.getByRole("button", { name: "red", exact: true }).click();
    await page.keyboard.press("Escape");
    await expect.poll(redness, SOON).toBeGreaterThan(25);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(astray, SOON).toBeLessThan(2);
    await page.keyboard.press("Control+Shift+Z");
    await expect.poll(redness, SOON).toBeGreaterThan(25);
    const dot = page.getByRole("button", { name: /^Hint 1: / });
    await dot.focus();
    await page.keyboard.press("Delete");
    await expect.poll(astray, SOON).toBeLessThan(2);
    expect(await dot.count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("saves hints that the command line takes to the same pixels, and loads them again", async () => {
    const { page, context, complaints } = await openPage(visit);
    const photo = await openPhoto(page);
    for (const [x, y, name] of [
      [0.4, 0.5, "red"],
      [0.7, 0.2, "sky"],
    ] as const) {
      await clickAt(photo, x, y);
      const palette = page.getByRole("dialog", { name: "Colour of this place" }).locator(".palette");
      await palette.getByRole("button", { name, exact: true }).click();
      await page.keyboard.press("Escape");
    }
    const file = await saved(page, /^Save these hints/, "tulips.hints.json");
    const hints = await readHintsFile(file);
    expect(hints).toHaveLength(2);
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "File format" }).click();
    await page.getByRole("radio", { name: "PNG" }).check({ force: true });
    const painted = await decodePhoto(await saved(page, /^Download$/, "tulips.color.png"));

    const colorizer = await loadColorizer({ model: "fast" });
    const expected = await colorizer.colorize(await decodePhoto(PHOTO), { hints });
    await colorizer.dispose();
    let largest = 0;
    for (let i = 0; i < expected.rgb.length; i++) {
      largest = Math.max(largest, Math.abs(expected.rgb[i]! - painted.rgb[i]!));
    }
    expect(painted.rgb).toHaveLength(expected.rgb.length);
    expect(largest).toBeLessThanOrEqual(1);

    await page.getByRole("button", { name: "Fix a colour" }).click();
    await page.getByRole("button", { name: "Clear" }).click();
    const dots = page.getByRole("button", { name: /^Hint \d: / });
    await expect.poll(() => dots.count(), SOON).toBe(0);
    await page.getByLabel("Hints file").and(page.locator("input")).setInputFiles(file);
    await expect.poll(() => dots.count(), SOON).toBe(2);
    const again = await saved(page, /^Save these hints/, "tulips.hints.json");
    expect(await readHintsFile(again)).toEqual(hints);
    expect(JSON.parse(await readFile(again, "utf8"))).toMatchObject({ version: 1 });
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("has sent nothing but requests for its own files", () => expectNothingSent(visit));
});
