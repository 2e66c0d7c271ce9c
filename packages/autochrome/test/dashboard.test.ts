import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSER, requireOrSkip } from "../../../scripts/test-tools.ts";
import { type Dashboard, startDashboard } from "../src/dashboard/index.ts";
import { type PartialConfig, train } from "../src/training/index.ts";
import { makePhotos, testConfig } from "../src/training/testing.ts";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
];
const PATIENCE = { timeout: 30_000, interval: 100 };

const executablePath = requireOrSkip(BROWSER, "the dashboard's browser tests");

describe.skipIf(!executablePath)("the dashboard in a browser", () => {
  let root: string;
  let photos: string;
  let browser: Browser;
  let dashboard: Dashboard;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "autochrome-dashboard-"));
    photos = await makePhotos(root, 6, 24);
    mkdirSync(join(root, "runs"));
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: FLAGS });
    dashboard = await startDashboard({ folder: join(root, "runs"), port: 0, pollMs: 100 });
  });
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await browser?.close();
    await dashboard?.close();
    rmSync(root, { recursive: true, force: true });
  });

  const run = (name: string) => join(root, "runs", name);
  const config = (name: string, flags: PartialConfig = {}) =>
    testConfig({ photos: [photos], run: run(name), ...flags });
  const rows = (name: string) =>
    readFileSync(join(run(name), "metrics.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, number>)
      .filter((row) => row.validation === undefined);

  /** Opens a page that has to be silent and to stay with its own server. */
  async function open(url: string, options = {}): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== new URL(url).origin) complaints.push(`asked ${request.url()}`);
    });
    await page.goto(url);
    return { page, complaints };
  }

  const text = (page: Page, selector: string) => page.locator(selector).first().textContent();
  const number = async (page: Page, selector: string) =>
    Number((await text(page, selector))?.replace(/[^\d.-]/g, ""));
  const chart = (page: Page, title: string) =>
    page.locator("figure", { has: page.locator(`h3:text-is("${title}")`) });
  /** Pixels of a chart that are of its curves' colours, and not gray. */
  const ink = (page: Page, title: string) =>
    chart(page, title)
      .locator("canvas")
      .evaluate((element) => {
        const canvas = element as unknown as {
          width: number;
          height: number;
          getContext(kind: "2d"): { getImageData(...box: number[]): { data: Uint8ClampedArray } };
        };
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 0; i < data.length; i += 4) {
          const [red, green, blue, alpha] = data.subarray(i, i + 4) as unknown as [
            number,
            number,
            number,
            number,
          ];
          if (alpha > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 40) count++;
        }
        return count;
      });

  it("shows a training while it trains, alarms included, and lets it end", async () => {
    // A generator that hardly learns paints gray, which the monitors notice.
    const settings =
      "--preset tiny --backend cpu --width 2 --depth 2 --discriminator-width 2 --discriminator-layers 1 --crop-size 8 " +
      "--batch-size 2 --min-colourfulness 0 --validation-photos 2 --validation-size 8 --samples 2 --validate-every 20 " +
      "--checkpoint-every 10 --pretrain-steps 5 --generator-learning-rate 1e-9 --steps 100000 --on-instability adapt " +
      `--run ${run("live")} --dashboard-port 0`;
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "--conditions=development", MAIN, "train", photos, ...settings.split(" ")],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    children.push(child);
    const exit = new Promise<number | null>((resolve) => child.on("exit", resolve));
    let err = "";
    child.stderr!.on("data", (chunk) => {
      err += chunk;
    });
    const address = () => /dashboard: (http:\S+)/.exec(err)?.[1];
    await expect.poll(address, PATIENCE).toBeTruthy();
    const { page, complaints } = await open(address()!);

    await expect.poll(() => number(page, ".run-card dd"), PATIENCE).toBeGreaterThan(10);
    const [before, drawn] = [await number(page, ".run-card dd"), await ink(page, "L1")];
    expect(drawn).toBeGreaterThan(20);
    await expect.poll(() => number(page, ".run-card dd"), PATIENCE).toBeGreaterThan(before);
    expect(await text(page, ".run-card .state")).toBe("running");
    expect(await page.getByRole("checkbox", { name: /live/ }).isChecked()).toBe(true);
    await expect.poll(() => page.locator(".events .alarm").count(), PATIENCE).toBeGreaterThan(0);
    expect(await text(page, ".events .alarm")).toMatch(/Try: /);
    expect(complaints).toEqual([]);

    child.kill("SIGINT");
    expect(await exit).toBe(130);
    await expect.poll(() => text(page, "header [role=status]"), PATIENCE).toMatch(/connection lost/);
    await page.close();
  });

  it("finds runs as they begin, lays them over each other and compares their settings", async () => {
    const { page, complaints } = await open(`${dashboard.url}?run=first`);
    await train(config("first", { steps: 30, validateEvery: 6 }));
    await expect.poll(() => page.getByRole("checkbox").count(), PATIENCE).toBeGreaterThan(1);
    await expect.poll(() => text(page, ".run-card .state"), PATIENCE).toBe("finished");
    await train(config("second", { steps: 20, lambda: 7 }));
    await page.getByRole("checkbox", { name: /second/ }).check();
    await expect.poll(() => chart(page, "L1").locator(".value").count(), PATIENCE).toBe(2);
    const values = await chart(page, "L1").locator(".value b").allInnerTexts();
    expect(values.every((value) => /^\d/.test(value))).toBe(true);
    expect(page.url()).toMatch(/run=first&run=second/);

    const differing = page.locator(".settings tbody tr");
    await expect
      .poll(() => differing.allInnerTexts(), PATIENCE)
      .toContainEqual(expect.stringMatching(/^lambda\s+100\s+7$/));
    expect(await differing.allInnerTexts()).not.toContainEqual(expect.stringMatching(/^batchSize/));

    // Over time instead of steps, the curves are drawn anew.
    await page.getByText("time", { exact: true }).click();
    await page.getByRole("checkbox", { name: /logarithmic/ }).check();
    expect(page.url()).toMatch(/x=seconds.*log=1/);
    await expect.poll(() => ink(page, "L1"), PATIENCE).toBeGreaterThan(20);

    // Under the pointer a chart tells another value than the newest.
    await page.getByRole("checkbox", { name: /second/ }).uncheck();
    await expect.poll(() => chart(page, "L1").locator(".value").count(), PATIENCE).toBe(1);
    const newest = await chart(page, "L1").locator(".value b").textContent();
    const box = (await chart(page, "L1").locator(".u-over").boundingBox())!;
    await page.mouse.move(box.x + 2, box.y + box.height / 2);
    await expect.poll(() => chart(page, "L1").locator(".value b").textContent(), PATIENCE).not.toBe(newest);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("goes back in time with the slider: samples and the confusion matrix", async () => {
    const { page, complaints } = await open(`${dashboard.url}?run=first`);
    const picture = () => page.locator(".triple > div").first().getAttribute("style");
    await expect.poll(() => page.locator(".triple").count(), PATIENCE).toBeGreaterThan(0);
    expect(await picture()).toMatch(/step=30/);
    expect(await text(page, ".samples h3")).toMatch(/step 30/);
    // Two adversarial steps or more at the end: the four shares of real and painted patches.
    const shares = async () =>
      (await page.locator(".matrix b").allInnerTexts()).map((share) => Number.parseFloat(share));
    const latest = await shares();
    expect(latest).toHaveLength(4);
    expect(latest[0]! + latest[1]!).toBeCloseTo(50, -0.5);
    expect(latest[2]! + latest[3]!).toBeCloseTo(50, -0.5);
    const last = rows("first").slice(-20);
    const real = last.reduce((sum, row) => sum + row.realAccuracy!, 0) / last.length;
    expect(Math.abs(latest[0]! - 50 * real)).toBeLessThan(0.6);

    const slider = page.getByRole("slider", { name: "Step" });
    await slider.focus();
    await page.keyboard.press("PageDown");
    await expect.poll(picture, PATIENCE).toMatch(/step=24/);
    await page.keyboard.press("ArrowLeft");
    expect(await slider.getAttribute("aria-valuetext")).toBe("step 23");
    await expect.poll(picture, PATIENCE).toMatch(/step=18/);
    await page.keyboard.press("Home");
    await expect.poll(() => page.locator(".matrix").count(), PATIENCE).toBe(0);
    await page.keyboard.press("End");
    await expect.poll(picture, PATIENCE).toMatch(/step=30/);
    expect(await slider.getAttribute("aria-valuetext")).toBe("step 30, the newest");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("forgets the steps that a resumed run takes back", async () => {
    const interrupted = config("resumed", { steps: 40, checkpointEvery: 8, validateEvery: 4 });
    const die = new Error("killed");
    const events = {
      onStep: ({ step }: { step: number }) => {
        if (step === 15) throw die;
      },
    };
    await expect(train(interrupted, events)).rejects.toThrow(die);
    const { page, complaints } = await open(`${dashboard.url}?run=resumed`);
    await expect.poll(() => number(page, ".run-card dd"), PATIENCE).toBe(15);
    expect(await page.getByRole("slider", { name: "Step" }).getAttribute("max")).toBe("15");
    expect(await text(page, ".run-card .state")).toBe("interrupted");

    // Back to step 8, and on to another end than before: the page has to follow downwards too.
    await train({ ...interrupted, steps: 11 }, {}, { resume: true });
    expect(rows("resumed").map(({ step }) => step)).toEqual(Array.from({ length: 11 }, (_, i) => i + 1));
    await expect.poll(() => number(page, ".run-card dd"), PATIENCE).toBe(11);
    await expect
      .poll(() => page.getByRole("slider", { name: "Step" }).getAttribute("max"), PATIENCE)
      .toBe("11");
    await expect.poll(() => text(page, ".run-card .state"), PATIENCE).toBe("finished");
    // The sheet of step 12 is still in the folder, but of a past that has not been.
    expect(await text(page, ".samples h3")).toMatch(/step 11/);
    await page.getByRole("slider", { name: "Smoothing" }).fill("0");
    const shown = Number(await chart(page, "L1").locator(".value b").textContent());
    expect(shown).toBe(Number(rows("resumed").at(-1)!.l1!.toPrecision(3)));
    expect(complaints).toEqual([]);
    await page.close();
  });

  it.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 390],
  ] as const)(
    "has no accessibility faults (%s, %i pixels wide), and nothing wider than the screen",
    async (colorScheme, width) => {
      const { page, complaints } = await open(`${dashboard.url}?run=first&run=second`, {
        colorScheme,
        viewport: { width, height: 844 },
        // axe has to be put into the page, which the page's own policy forbids.
        bypassCSP: true,
      });
      await expect.poll(() => chart(page, "L1").locator(".value").count(), PATIENCE).toBe(2);
      await expect.poll(() => page.locator(".samples .card").count(), PATIENCE).toBe(2);
      await page.addScriptTag({ path: AXE });
      const violations = await page.evaluate<
        { id: string; nodes: string[] }[]
      >(`axe.run().then(({ violations }) =>
      violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, failureSummary }) => html + failureSummary) })))`);
      expect(violations).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );
});
