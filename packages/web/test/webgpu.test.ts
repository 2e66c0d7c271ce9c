import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, browserToTest, colorInPage, EngineBrowser } from "./engine-browser.ts";

const SAMPLE = fileURLToPath(new URL("../../../examples/photos/tulips.jpg", import.meta.url));
/** WebGPU on SwiftShader, Chromium's Vulkan driver in software. */
const FLAGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
/** The driver in software compiles each shader anew, which takes most of a minute where processors are busy. */
const PATIENCE = 180_000;

const executablePath = browserToTest();

describe.skipIf(!executablePath)("the engine on WebGPU", () => {
  let browser: EngineBrowser;
  let offered = false;

  beforeAll(async () => {
    browser = await EngineBrowser.start(executablePath!, FLAGS);
    const { page } = await browser.open();
    offered = await ask<boolean>(page, "!!(await navigator.gpu?.requestAdapter())");
    if (!offered) console.warn("SKIPPED. This browser offers no WebGPU, not even in software.");
  }, PATIENCE);

  afterAll(() => browser?.close());

  it("refuses a graphics card in software, says so and does not fetch its runtime", async ({ skip }) => {
    if (!offered) skip();
    const { page, served } = await browser.open();
    const { runtime } = await ask<{ runtime: object }>(page, "testPage.start().load({ webgpu: true })");
    expect(runtime).toMatchObject({ kind: "wasm", note: /would compute in software/ });
    expect(served.requests.join()).not.toContain("asyncify");
  });

  it("falls back to the CPU where WebGPU does not open, and says so", { timeout: PATIENCE }, async ({
    skip,
  }) => {
    if (!offered) skip();
    const { page } = await browser.open();
    const start = "(globalThis.engine = testPage.start('gpu=broken')).load({ webgpu: true })";
    const { runtime } = await ask<{ runtime: object }>(page, start);
    expect(runtime).toMatchObject({ kind: "wasm", note: /^WebGPU failed: / });
    const { painted } = await colorInPage(page, "tulips.jpg", await readFile(SAMPLE));
    expect(painted.length).toBe(500 * 500 * 4);
  });

  it("paints as on the CPU, and goes on there when the card is lost", { timeout: PATIENCE }, async ({
    skip,
  }) => {
    if (!offered) skip();
    const sample = await readFile(SAMPLE);
    const { page } = await browser.open();
    const start = "(globalThis.engine = testPage.start('gpu=software')).load({ webgpu: true })";
    expect(await ask(page, start)).toMatchObject({ runtime: { kind: "webgpu", note: null } });
    const onGpu = await colorInPage(page, "tulips.jpg", sample);
    expect(await ask(page, "testPage.runtimes")).toEqual([]);

    expect(await ask<number>(page, "engine.ask('loseGpu')")).toBeGreaterThan(0);
    const onCpu = await colorInPage(page, "tulips.jpg", sample);
    expect(await ask(page, "testPage.runtimes")).toMatchObject([{ kind: "wasm", note: /^WebGPU failed: / }]);
    const differences = onGpu.painted.map((value, i) => Math.abs(value - onCpu.painted[i]!));
    expect(differences.reduce((most, difference) => Math.max(most, difference))).toBeLessThanOrEqual(1);
  });
});
