import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { ensurePage, PAGE_FOLDER } from "../build.ts";
import { pageListener } from "../serve.ts";
import { type NetworkWatch, watchNetwork } from "./network-watch.ts";

const FLAGS = [
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

/** The repository's sample photos. */
export const SAMPLES = fileURLToPath(new URL("../../../examples/photos/", import.meta.url));

/** A browser whose only way out is the server that is watched. */
export interface Visit {
  network: NetworkWatch;
  browser: Browser;
  close(): Promise<void>;
}

/** @param headers what the page's host sends beside the files */
export async function startVisit(executablePath: string, headers: Record<string, string>): Promise<Visit> {
  await ensurePage();
  const network = await watchNetwork(pageListener(PAGE_FOLDER, headers));
  const browser = await chromium.launch({
    executablePath,
    args: FLAGS,
    proxy: { server: network.url, bypass: "<-loopback>" },
  });
  return {
    network,
    browser,
    async close() {
      await browser.close();
      await network.close();
    },
  };
}

export interface Opened {
  context: BrowserContext;
  page: Page;
  /** Warnings and errors of the page and of its workers; there should be none. */
  complaints: string[];
}

/** Opens the page as somebody new would: with nothing kept from before. */
export async function openPage(visit: Visit, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await visit.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const complaints: string[] = [];
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(error.error().message));
  const page = await context.newPage();
  await page.goto(visit.network.url);
  return { context, page, complaints };
}
