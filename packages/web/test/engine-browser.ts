import { type Browser, chromium, type Page } from "playwright-core";
import { BROWSER, requireOrSkip } from "../../../scripts/test-tools.ts";
import { buildEngineSite, ISOLATING, type ServedSite, type Site, serveSite } from "./engine-site.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Path of a browser to test in; null, after a loud line, where there is none and it need not be. */
export function browserToTest(): string | null {
  return requireOrSkip(BROWSER, "the engine's browser tests");
}

/** The engine's test page in a browser. */
export class EngineBrowser {
  readonly site: Site;
  readonly browser: Browser;
  readonly #closing: (() => Promise<unknown>)[] = [];

  private constructor(site: Site, browser: Browser) {
    this.site = site;
    this.browser = browser;
  }

  static async start(executablePath: string, flags: string[] = ["--disable-gpu"]): Promise<EngineBrowser> {
    const site = await buildEngineSite();
    return new EngineBrowser(site, await chromium.launch({ executablePath, args: [...FLAGS, ...flags] }));
  }

  /** Opens the page in a context of its own; whatever it complains of is listed. */
  async open(
    options: { isolated?: boolean; answer?: Parameters<typeof serveSite>[2] } = {},
  ): Promise<{ page: Page; served: ServedSite; complaints: string[] }> {
    const served = await serveSite(this.site, options.isolated === false ? {} : ISOLATING, options.answer);
    this.#closing.push(() => served.close());
    const context = await this.browser.newContext();
    const complaints: string[] = [];
    const page = await context.newPage();
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    // esbuild, which runs the tests, marks functions with it.
    await page.addInitScript("globalThis.__name = (value) => value");
    await page.goto(served.url);
    await page.waitForFunction("globalThis.testPage");
    return { page, served, complaints };
  }

  async close(): Promise<void> {
    await this.browser.close();
    await Promise.all(this.#closing.map((close) => close()));
  }
}

/**
 * What an expression of the test page's gives, its promise awaited. (As text, since these files know no DOM.) Names of
 * `given` may be used in it.
 */
export function ask<T>(
  page: Page,
  expression: string,
  given: Readonly<Record<string, unknown>> = {},
): Promise<T> {
  const names = Object.entries(given).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
  return page.evaluate<T>(`(async () => { ${names.join(" ")} return ${expression}; })()`);
}

/** A photo as the page decoded it, and its painting at full size before it is shown or written. */
export interface PagePhoto {
  width: number;
  height: number;
  rgb: Uint8Array;
  alpha: Uint8Array | null;
  /** RGBA */
  painted: Uint8Array;
}

/** Colours a file at full size with the page's engine, which must be loaded and called `engine` there. */
export async function colorInPage(page: Page, name: string, content: Uint8Array): Promise<PagePhoto> {
  const answer = await ask<{ width: number; height: number; planes: (string | null)[] }>(
    page,
    "testPage.color(engine, testPage.fileOf(name, base64))",
    { name, base64: Buffer.from(content).toString("base64") },
  );
  const bytes = (base64: string | null | undefined) => new Uint8Array(Buffer.from(base64 ?? "", "base64"));
  const [rgb, alpha, painted] = answer.planes;
  const { width, height } = answer;
  return { width, height, rgb: bytes(rgb), alpha: alpha ? bytes(alpha) : null, painted: bytes(painted) };
}
