import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSER, requireOrSkip } from "../../../scripts/test-tools.ts";
import {
  BUILD_MS,
  choosePhotos,
  colorShares,
  expectNothingSent,
  HEADERS,
  type Opened,
  openPage,
  PATIENCE,
  photoInColor,
  SAMPLES,
  SOON,
  startVisit,
  TEST_MS,
  type Visit,
} from "./harness.ts";
import { MARK, SIZE, writeMarkedPhoto } from "./marked-photo.ts";

const browser = requireOrSkip(BROWSER, "the page's browser tests");

describe.skipIf(!browser)("a visit with a mouse", { timeout: TEST_MS }, () => {
  let folder: string;
  let marked: Awaited<ReturnType<typeof writeMarkedPhoto>>;
  let visit: Visit;
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "autochrome-page-"));
    marked = await writeMarkedPhoto(folder);
    visit = await startVisit(browser!, HEADERS);
    opened = await openPage(visit);
    page = opened.page;
  }, BUILD_MS);
  afterAll(async () => {
    await visit?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  const drawn = (name = "grandmother at sea.jpg") => photoInColor(page, name);
  const shares = () => colorShares(drawn());
  const divider = () => page.getByRole("slider", { name: "Before and after" });

  it("colours a chosen photo, gray before the divider and in colour after it, and does not jump", async () => {
    await choosePhotos(page, marked.path);
    await drawn().waitFor(PATIENCE);
    await expect.poll(async () => (await shares()).right, SOON).toBeGreaterThan(0.3);
    expect((await shares()).left).toBeLessThan(0.01);
    expect(await page.evaluate("crossOriginIsolated")).toBe(true);
    expect(await page.evaluate("observed.shift")).toBeLessThan(0.001);
  });

  it("moves the divider by pointer and by keyboard", async () => {
    const box = (await divider().boundingBox())!;
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await page.mouse.move(middle.x, middle.y);
    await page.mouse.down();
    await page.mouse.move(middle.x - 100, middle.y, { steps: 4 });
    await page.mouse.up();
    const before = Number(await divider().getAttribute("aria-valuenow"));
    expect(before).toBeLessThan(48);
    await divider().focus();
    await page.keyboard.press("ArrowRight");
    expect(Number(await divider().getAttribute("aria-valuenow"))).toBeGreaterThan(before);
    await page.keyboard.press("End");
    expect((await shares()).right).toBeLessThan(0.01);
    await page.keyboard.press("Home");
    expect((await shares()).left).toBeGreaterThan(0.3);
    await page.getByRole("radio", { name: "Both" }).check({ force: true });
  });

  it("zooms by wheel, buttons and keys, and moves what is zoomed", async () => {
    const percent = async () =>
      Number((await page.getByRole("button", { name: /^True size/ }).textContent())!.replace("%", ""));
    const whole = await percent();
    const box = (await drawn().boundingBox())!;
    await page.mouse.move(box.x + box.width / 3, box.y + box.height / 3);
    await page.mouse.wheel(0, -400);
    await expect.poll(percent, SOON).toBeGreaterThan(whole);
    const zoomed = await drawn().screenshot();
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 6, box.y + box.height / 6, { steps: 4 });
    await page.mouse.up();
    await expect.poll(async () => (await drawn().screenshot()).equals(zoomed), SOON).toBe(false);
    await page.getByRole("button", { name: "Fit the whole photo" }).click();
    await expect.poll(percent, SOON).toBe(whole);
    await page.getByRole("button", { name: "Zoom in" }).click();
    await expect.poll(percent, SOON).toBeGreaterThan(whole);
    await page.getByRole("group", { name: /^Photo / }).press("0");
    await expect.poll(percent, SOON).toBe(whole);
  });

  it("changes the strength of the colours", async () => {
    const strength = page.getByRole("slider", { name: "Colour strength" });
    await strength.fill("0");
    await expect.poll(async () => (await shares()).right, SOON).toBeLessThan(0.01);
    await page.getByRole("button", { name: "Reset colour strength" }).click();
    await expect.poll(async () => (await shares()).right, SOON).toBeGreaterThan(0.3);
    expect(await strength.inputValue()).toBe("100");
  });

  it("downloads the photo under its name, at its size, with its EXIF and the mark of AI", async () => {
    const download = page.waitForEvent("download", PATIENCE);
    await page.getByRole("button", { name: "Download", exact: true }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe("grandmother at sea.color.jpg");
    const bytes = await readFile(await file.path());
    const { format, width, height, exif, xmpAsString } = await sharp(bytes).metadata();
    expect({ format, width, height }).toEqual({ format: "jpeg", ...SIZE });
    expect(exif?.toString("latin1")).toContain(MARK);
    expect(xmpAsString).toContain("algorithmicallyEnhanced");
    const { channels } = await sharp(bytes).stats();
    expect(Math.abs(channels[0]!.mean - channels[2]!.mean)).toBeGreaterThan(2);
  });

  it("takes several photos at once, and goes on past a bad one", async () => {
    const bad = join(folder, "torn.jpg");
    writeFileSync(bad, (await readFile(marked.path)).subarray(0, 200));
    const text = join(folder, "letter.txt");
    writeFileSync(text, "Dear all");
    await choosePhotos(page, join(SAMPLES, "cliff.jpg"), bad, text, join(SAMPLES, "dunes.jpg"));
    const strip = page.getByRole("listbox", { name: "Photos" });
    for (const name of ["cliff.jpg, in colour", "torn.jpg, failed", "dunes.jpg, in colour"]) {
      await strip.getByRole("option", { name }).waitFor(PATIENCE);
    }
    await expect.poll(() => strip.getByRole("option").count(), SOON).toBe(4);
    await page.getByText("letter.txt is not a photo").first().waitFor();
    await strip.getByRole("option", { name: /torn/ }).click();
    await page.getByRole("alert").getByText("could not be coloured").waitFor();
    await strip.getByRole("option", { name: /dunes/ }).click();
    await drawn("dunes.jpg").waitFor();
    const download = page.waitForEvent("download", PATIENCE);
    await page.getByRole("button", { name: "Download all 3 as ZIP" }).click();
    const archive = (await readFile(await (await download).path())).toString("latin1");
    for (const name of ["cliff.color.jpg", "dunes.color.jpg", "grandmother at sea.color.jpg"]) {
      expect(archive).toContain(name);
    }
    await page.getByRole("button", { name: "Dismiss" }).first().click();
  });

  it("takes what is dropped on it and what is pasted", async () => {
    const give = async (event: string, kind: string, name: string) => {
      const base64 = (await readFile(join(SAMPLES, "cypresses.jpg"))).toString("base64");
      await page.evaluate(`(() => {
        const bytes = Uint8Array.from(atob("${base64}"), (char) => char.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], "${name}", { type: "image/jpeg" }));
        const target = document.querySelector("main");
        target.dispatchEvent(new ${event}("${kind}", { bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data }));
      })()`);
      await page.getByRole("option", { name: `${name}, in colour` }).waitFor(PATIENCE);
    };
    await give("DragEvent", "drop", "dropped.jpg");
    await give("ClipboardEvent", "paste", "pasted.jpg");
  });

  it("has complained of nothing", () => expect(opened.complaints).toEqual([]));

  it("has sent no photo: GET requests for its own files, with nothing in them", async () => {
    expectNothingSent(visit, marked.secrets);
    expect(await page.evaluate("observed.peers")).toBe(0);
  });

  it("could not have sent one elsewhere: its policy forbids it, in the page and in the worker", async () => {
    const there = "http://example.org/";
    const attempts = `Promise.all([
      fetch("${there}", { method: "POST", body: "photo" }).then(() => "sent", () => "refused"),
      Promise.resolve().then(() => new WebSocket("${there.replace("http", "ws")}")).then((socket) => new Promise((done) => {
        socket.onopen = () => done("sent");
        socket.onerror = () => done("refused");
      }), () => "refused"),
    ])`;
    expect(await page.evaluate(attempts)).toEqual(["refused", "refused"]);
    await page.evaluate(`(() => {
      navigator.sendBeacon("${there}", "photo");
      new Image().src = "${there}?photo";
      document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "${there}" }));
    })()`);
    const worker = page.workers().find((one) => /worker/.test(one.url()))!;
    expect(await worker.evaluate(attempts)).toEqual(["refused", "refused"]);
    expect(visit.network.foreign).toEqual([]);
  });
});
