import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import sharp from "sharp";
import { expect } from "vitest";
import { ensurePage } from "../page.ts";
import { ISOLATION, POLICY } from "../page-headers.ts";
import { pageListener } from "../serve.ts";
import { type NetworkWatch, watchNetwork } from "./network-watch.ts";

export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Long enough for building the page on a busy machine. */
export const BUILD_MS = 240_000;
/** For whatever waits on the network's answer: an idle machine takes a second or two. */
export const PATIENCE = { timeout: 120_000, interval: 100 };
/** For whatever follows a touch of the page. */
export const SOON = { timeout: 20_000, interval: 100 };
export const TEST_MS = 240_000;
const KILOBYTE = 1024;

/** What a host that knows the page sends with it. */
export const HEADERS = { ...ISOLATION, "Content-Security-Policy": POLICY };

/** The repository's sample photos. */
export const SAMPLES = fileURLToPath(new URL("../../../examples/photos/", import.meta.url));

/** A browser whose only way out is the server that is watched. */
export interface Visit {
  network: NetworkWatch;
  browser: Browser;
  close(): Promise<void>;
}

/** @param headers what the page's host sends beside the files; a plain static host sends none */
export async function startVisit(executablePath: string, headers: Record<string, string>): Promise<Visit> {
  const network = await watchNetwork(pageListener(await ensurePage(), headers));
  const browser = await chromium.launch({ executablePath, args: FLAGS, proxy: onlyTo(network) });
  return {
    network,
    browser,
    async close() {
      await browser.close();
      await network.close();
    },
  };
}

/** Playwright's setting by which a browser speaks to this server alone, whatever it wants to reach. */
export function onlyTo(network: NetworkWatch) {
  return { server: network.url, bypass: "<-loopback>" };
}

export interface Opened {
  context: BrowserContext;
  page: Page;
  /** Warnings and errors of the page and of its workers; there should be none. */
  complaints: string[];
}

/** Counts what no proxy sees, and how far the page's parts jump. */
const OBSERVE = `
  globalThis.observed = { peers: 0, shift: 0 };
  for (const name of ["RTCPeerConnection", "WebTransport"]) {
    const Original = globalThis[name];
    if (Original) globalThis[name] = class extends Original {
      constructor(...args) { globalThis.observed.peers++; super(...args); }
    };
  }
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.observed.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
`;

/** Opens the page as somebody new would: with nothing kept from before. */
export async function openPage(visit: Visit, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await visit.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await context.addInitScript(OBSERVE);
  const complaints: string[] = [];
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(error.error().message));
  const page = await context.newPage();
  await page.goto(visit.network.url);
  return { context, page, complaints };
}

export function choosePhotos(page: Page, ...paths: string[]): Promise<void> {
  return page
    .getByLabel(/^(More photos|Photos)$/)
    .and(page.locator("input"))
    .first()
    .setInputFiles(paths);
}

/** The photo in colour, as the page draws it. */
export function photoInColor(page: Page, name: string): Locator {
  return page.getByRole("img", { name: `${name}, in colour` });
}

/** Shares of pixels that are not gray, left and right of the middle of what is drawn of a photo. */
export async function colorShares(photo: Locator): Promise<{ left: number; right: number }> {
  const png = await photo.evaluate((canvas) => (canvas as unknown as Canvas).toDataURL());
  const { data, info } = await sharp(Buffer.from(png.slice(png.indexOf(",") + 1), "base64"))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const seen = { left: 0, right: 0 };
  const colored = { left: 0, right: 0 };
  for (let at = 0; at < data.length; at += 4) {
    const [r, g, b, alpha] = [data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]!];
    if (alpha < 255) continue;
    const side = (at / 4) % info.width < info.width / 2 - 40 ? "left" : "right";
    seen[side]++;
    if (Math.max(r, g, b) - Math.min(r, g, b) > 10) colored[side]++;
  }
  return { left: colored.left / seen.left, right: colored.right / seen.right };
}

/** What is used here of the browser's canvas: these files are checked without the browser's types. */
interface Canvas {
  toDataURL(): string;
}

/** Checks that a page sent requests for files of its own and nothing in them. */
export function expectNothingSent({ network }: Visit, secrets: readonly Buffer[] = []): void {
  expect(network.foreign).toEqual([]);
  expect(network.requests.length).toBeGreaterThan(0);
  for (const { method, body, url } of network.requests) {
    expect({ method, body, url }).toEqual({
      method: "GET",
      body: false,
      url: expect.stringMatching(/^[^?#]*$/),
    });
  }
  const sent = network.sent();
  // Request lines and headers.
  const most = KILOBYTE * (network.requests.length + network.browsersOwn.length);
  expect(sent.byteLength).toBeLessThan(most);
  for (const secret of secrets) expect(sent.includes(secret)).toBe(false);
}
