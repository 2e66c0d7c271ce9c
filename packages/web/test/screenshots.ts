/**
 * Draws the pictures of the page in docs/images: `npm run -s screenshots -w autochrome-web`. To be run by hand and
 * looked at, after a change of what the page looks like.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import sharp from "sharp";
import { BROWSER, findTool } from "../../../scripts/test-tools.ts";
import { choosePhotos, HEADERS, openPage, PATIENCE, photoInColor, SAMPLES, startVisit } from "./harness.ts";

const IMAGES = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
const DESKTOP: BrowserContextOptions = { viewport: { width: 1200, height: 760 } };
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 780 },
  deviceScaleFactor: 1.5,
  isMobile: true,
  hasTouch: true,
};
/** For what fades in. */
const SETTLE_MS = 2500;

interface Shot {
  name: string;
  options: BrowserContextOptions;
  act?: (page: Page) => Promise<void>;
}

const sample = (name: string) => join(SAMPLES, name);

async function color(page: Page, ...names: string[]): Promise<void> {
  await choosePhotos(page, ...names.map(sample));
  await photoInColor(page, names[0]!).waitFor(PATIENCE);
  for (const name of names.slice(1)) {
    await page.getByRole("option", { name: `${name}, in colour` }).waitFor(PATIENCE);
  }
}

const SHOTS: readonly Shot[] = [
  { name: "start", options: { viewport: { width: 1200, height: 800 }, colorScheme: "light" } },
  {
    name: "photo",
    options: { ...DESKTOP, colorScheme: "light" },
    act: (page) => color(page, "mountain.jpg", "tulips.jpg", "dunes.jpg", "cliff.jpg"),
  },
  {
    name: "hints",
    options: { ...DESKTOP, colorScheme: "dark" },
    act: async (page) => {
      await color(page, "tulips.jpg");
      await page.getByRole("button", { name: "Fix a colour" }).click();
      const box = (await photoInColor(page, "tulips.jpg").boundingBox())!;
      await page.mouse.click(box.x + box.width * 0.42, box.y + box.height * 0.4);
      await page.getByRole("dialog", { name: "Colour of this place" }).waitFor();
    },
  },
  { name: "phone", options: { ...PHONE, colorScheme: "light" }, act: (page) => color(page, "cypresses.jpg") },
];

const executable = findTool(BROWSER);
if (executable === null) throw new Error(`${BROWSER.name} is missing.`);
const visit = await startVisit(executable, HEADERS);
for (const { name, options, act } of SHOTS) {
  const { context, page } = await openPage(visit, options);
  await page.getByText("Ready", { exact: true }).waitFor(PATIENCE);
  await act?.(page);
  await page.waitForTimeout(SETTLE_MS);
  const png = await sharp(await page.screenshot())
    .png({ palette: true, quality: 90, effort: 10 })
    .toBuffer();
  await writeFile(join(IMAGES, `page-${name}.png`), png);
  console.log(`page-${name}.png: ${Math.round(png.byteLength / 1000)} kB`);
  await context.close();
}
await visit.close();
