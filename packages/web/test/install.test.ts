import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { describe, expect, it } from "vitest";
import { BROWSER, requireOrSkip } from "../../../scripts/test-tools.ts";
import { ensurePage } from "../page.ts";
import { pageListener } from "../serve.ts";
import { BUILD_MS, FLAGS, HEADERS, onlyTo, SOON } from "./harness.ts";
import { watchNetwork } from "./network-watch.ts";

const browser = requireOrSkip(BROWSER, "the page's test of being installed");

describe.skipIf(!browser)("the page as an application", { timeout: BUILD_MS }, () => {
  it("can be installed, by the browser's own judgement", async () => {
    const network = await watchNetwork(pageListener(await ensurePage(), HEADERS));
    const profile = mkdtempSync(join(tmpdir(), "autochrome-profile-"));
    // A context of its own would be a private one, where nothing can be installed.
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: browser!,
      args: FLAGS,
      proxy: onlyTo(network),
    });
    try {
      const page = context.pages()[0]!;
      await page.goto(network.url);
      const devtools = await context.newCDPSession(page);
      const errors = async () => (await devtools.send("Page.getInstallabilityErrors")).installabilityErrors;
      await expect.poll(errors, SOON).toEqual([]);
      const { manifest, errors: complaints } = (await devtools.send("Page.getAppManifest")) as unknown as {
        manifest: { name: string };
        errors: unknown[];
      };
      expect(complaints).toEqual([]);
      expect(manifest.name).toBe("Autochrome");
    } finally {
      await context.close();
      await network.close();
      rmSync(profile, { recursive: true, force: true });
    }
  });
});
