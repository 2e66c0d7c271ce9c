import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, browserToTest, EngineBrowser } from "./engine-browser.ts";

const SAMPLE = fileURLToPath(new URL("../../../examples/photos/tulips.jpg", import.meta.url));
const START = "(globalThis.engine = testPage.start()).load({ webgpu: false })";

interface Failure {
  code: string;
  message: string;
}

interface Progress {
  stage: string;
  received: number;
  total: number;
}

const executablePath = browserToTest();

describe.skipIf(!executablePath)("the engine in a browser", () => {
  let browser: EngineBrowser;
  let sample: string;

  beforeAll(async () => {
    browser = await EngineBrowser.start(executablePath!);
    sample = (await readFile(SAMPLE)).toString("base64");
  }, 120_000);

  afterAll(() => browser?.close());

  describe("loading", () => {
    it("fetches the list, one runtime and the network, and counts their real sizes", async () => {
      // As servers send it: compressed, so that Content-Length is another size than the one that arrives.
      const { page, served, complaints } = await browser.open({
        answer(path, _, response) {
          if (!/\.(wasm|onnx)$/.test(path)) return false;
          const body = gzipSync(browser.site.get(path)!, { level: 1 });
          response.writeHead(200, {
            "Content-Encoding": "gzip",
            "Content-Length": body.length,
            "Content-Type": "application/wasm",
            "Cross-Origin-Embedder-Policy": "require-corp",
          });
          response.end(body);
          return true;
        },
      });
      const ready = await ask<{ runtime: unknown; network: { name: string; bytes: number } }>(page, START);
      expect(ready).toMatchObject({
        runtime: { kind: "wasm", note: null },
        network: { name: "fast" },
        networks: [{ name: "fast" }, { name: "small" }, { name: "best" }],
      });
      const fetched = served.requests.filter((path) => /\.(wasm|onnx)$/.test(path));
      expect(fetched).toHaveLength(2);
      expect(fetched.join()).not.toContain("asyncify");
      const events = await ask<Progress[]>(
        page,
        "testPage.events.filter(({ stage }) => stage === 'download')",
      );
      const total = fetched.reduce((sum, path) => sum + browser.site.get(path)!.length, 0);
      expect(events.length).toBeGreaterThan(3);
      expect(events.at(-1)).toMatchObject({ received: total, total, share: 1 });
      expect(complaints).toEqual([]);
    });

    it("runs with one thread, and says why, where the page is not isolated", async () => {
      const { page, complaints } = await browser.open({ isolated: false });
      const { runtime } = await ask<{ runtime: object }>(page, START);
      expect(runtime).toMatchObject({ kind: "wasm", threads: 1, note: /one thread only: the server/ });
      expect(complaints).toEqual([]);
    });

    it("says which network there is", async () => {
      const { page } = await browser.open();
      const call = "testPage.failure(testPage.start().load({ webgpu: false, network: 'large' }))";
      expect(await ask<Failure>(page, call)).toEqual({
        code: "NOT_FOUND",
        message: "there is no network 'large' here; there is 'fast', 'small', 'best'.",
      });
    });

    it.each([
      ["missing", 404, "", "NOT_FOUND"],
      ["cut off", 200, "short", "NETWORK_DAMAGED"],
      ["of the right length but damaged", 200, "zeros", "NETWORK_DAMAGED"],
    ])("says that a network is %s, and loads once it is there", async (_, status, content, code) => {
      let broken = true;
      const { page } = await browser.open({
        answer(path, _, response) {
          if (!broken || !path.endsWith(".onnx")) return false;
          response.writeHead(status, { "Cross-Origin-Embedder-Policy": "require-corp" });
          response.end(content === "zeros" ? new Uint8Array(browser.site.get(path)!.length) : content);
          return true;
        },
      });
      const failure = await ask<Failure>(page, `testPage.failure(${START})`);
      expect(failure).toMatchObject({ code, message: /^the network 'fast'/ });
      broken = false;
      expect(await ask(page, "engine.load({ webgpu: false })")).toMatchObject({ network: { name: "fast" } });
    });

    it("says that there is no connection, and loads once there is", async () => {
      const { page } = await browser.open();
      await ask(page, "void (globalThis.engine = testPage.start())");
      // The worker's file arrives.
      await ask(page, "testPage.failure(engine.predict(1))");
      await page.context().setOffline(true);
      const failure = await ask<Failure>(page, "testPage.failure(engine.load({ webgpu: false }))");
      expect(failure).toMatchObject({ code: "OFFLINE", message: /Connect once/ });
      await page.context().setOffline(false);
      expect(await ask(page, "engine.load({ webgpu: false })")).toMatchObject({ network: { name: "fast" } });
    });
  });

  describe("photos", () => {
    let page: Page;

    beforeAll(async () => {
      ({ page } = await browser.open());
      await ask(page, START);
    });

    const open = (name: string, content: Buffer, id = 1) =>
      ask<Failure | null>(page, "testPage.failure(engine.open(id, testPage.fileOf(name, base64), 300))", {
        id,
        name,
        base64: content.toString("base64"),
      });

    it.each<[string, string | Buffer, string, RegExp]>([
      ["old.tif", "II*\0\x08\0\0\0", "UNSUPPORTED_FORMAT", /TIFF.*autochrome colorize/],
      ["IMG_1.HEIC", "\0\0\0\x18ftypheic\0\0\0\0mif1heic", "UNSUPPORTED_FORMAT", /HEIC.*Save it as JPEG/],
      ["notes.jpg", "not a photo", "UNSUPPORTED_FORMAT", /reads JPEG, PNG/],
      ["empty.jpg", "", "CORRUPT", /empty/],
      ["broken.png", "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x09\0\0\0\x09", "CORRUPT", /cannot be decoded/],
      [
        "bomb.png",
        "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\x01\0\0\0\x01\0\0\x08\x02",
        "TOO_LARGE",
        /65536 x 65536 pixels, 4295 megapixels.* takes 100/,
      ],
    ])("refuses %s and says why", async (name, content, code, message) => {
      const failure = await open(name, Buffer.from(content.toString(), "latin1"));
      expect(failure).toMatchObject({ code, message });
      expect(failure!.message).toContain(`'${name}'`);
      expect(await ask(page, "testPage.failure(engine.predict(1))")).toMatchObject({ code: "CLOSED" });
    });

    it("goes by the content, not by the name", async () => {
      const png = await sharp(Buffer.from(sample, "base64")).resize(90, 60).png().toBuffer();
      expect(await open("really.jpg", png)).toBeNull();
      expect(await open("nameless", png)).toBeNull();
    });

    it("tells size and format, and gives the preview in gray and in colour", async () => {
      const result = await ask<{ opened: object; gray: number[]; color: number[]; again: number[] }>(
        page,
        `(async () => {
          const { gray, ...opened } = await engine.open(1, testPage.fileOf("tulips.jpg", sample), 200);
          await engine.predict(1);
          const shown = (bitmap) => [bitmap.width, bitmap.height, testPage.chromatic(bitmap)];
          const color = await engine.preview(1, { saturation: 1, hints: [] });
          const again = await engine.preview(1, { saturation: 0, hints: [] });
          return { opened, gray: shown(gray), color: shown(color), again: shown(again) };
        })()`,
        { sample },
      );
      expect(result.opened).toEqual({ width: 500, height: 500, format: "jpeg" });
      expect(result.gray).toEqual([200, 200, 0]);
      expect(result.again).toEqual([200, 200, 0]);
      expect(result.color.slice(0, 2)).toEqual([200, 200]);
      expect(result.color[2]).toBeGreaterThan(20_000);
    });

    it("recolours around hints", async () => {
      const reds = await ask<number[]>(
        page,
        `(async () => {
          await engine.open(1, testPage.fileOf("tulips.jpg", sample), 200);
          const hints = [{ x: 0.5, y: 0.5, color: "#2020f0" }];
          const without = await engine.preview(1, { saturation: 1, hints: [] });
          const withHints = await engine.preview(1, { saturation: 1, hints });
          const full = await engine.paint(1, { saturation: 1, hints });
          return [without, withHints, full].map((bitmap) => {
            const data = testPage.shown(bitmap);
            const at = 4 * ((bitmap.height >> 1) * bitmap.width + (bitmap.width >> 1));
            return data[at + 2] - data[at];
          });
        })()`,
        { sample },
      );
      expect(reds[1]! - reds[0]!).toBeGreaterThan(40);
      expect(reds[2]! - reds[0]!).toBeGreaterThan(40);
      expect(
        await ask(
          page,
          "testPage.failure(engine.preview(1, { saturation: 1, hints: [{ x: 2, y: 0, color: '#000000' }] }))",
        ),
      ).toMatchObject({ code: "BAD_HINTS" });
    });

    it("lets the newest preview and the newest painting win", async () => {
      const outcomes = await ask<{ previews: string[]; paintings: string[] }>(
        page,
        `(async () => {
          await engine.open(1, testPage.fileOf("tulips.jpg", sample), 300);
          await engine.predict(1);
          const outcome = (call) => call.then(() => "shown", ({ code }) => code);
          const looks = [0.1, 0.2, 0.3, 0.4].map((saturation) => ({ saturation, hints: [] }));
          const previews = await Promise.all(looks.map((look) => outcome(engine.preview(1, look))));
          const paintings = await Promise.all(looks.map((look) => outcome(engine.paint(1, look))));
          return { previews, paintings };
        })()`,
        { sample },
      );
      // Those before may be done before the newer call arrives.
      for (const list of [outcomes.previews, outcomes.paintings]) {
        expect(list.at(-1)).toBe("shown");
        expect(list).toContain("SUPERSEDED");
        expect(list.filter((outcome) => !["shown", "SUPERSEDED"].includes(outcome))).toEqual([]);
      }
    });

    it("keeps many photos, of which few stay decoded, and forgets closed ones", async () => {
      const result = await ask<{ chromatic: number[]; closed: string; late: string }>(
        page,
        `(async () => {
          const look = { saturation: 1, hints: [] };
          for (let id = 10; id < 20; id++) {
            await engine.open(id, testPage.fileOf(id + ".jpg", sample), 100);
            await engine.predict(id);
          }
          const chromatic = [];
          for (const id of [10, 15, 19]) {
            chromatic.push(testPage.chromatic(await engine.preview(id, look)));
            chromatic.push(testPage.chromatic(await engine.paint(id, look)));
          }
          const late = engine.paint(10, look).then(() => "shown", ({ code }) => code);
          for (let id = 10; id < 20; id++) await engine.close(id);
          const closed = await engine.preview(12, look).then(() => "shown", ({ code }) => code);
          return { chromatic, closed, late: await late };
        })()`,
        { sample },
      );
      const [preview, painting, ...others] = result.chromatic;
      expect(preview).toBeGreaterThan(5_000);
      expect(others).toEqual([preview, painting, preview, painting]);
      expect(result.closed).toBe("CLOSED");
      expect(result.late).toBe("CLOSED");
    });

    it("comes back after a crash, with its photos", async () => {
      const result = await ask<{ after: Failure; ready: object; chromatic: number }>(
        page,
        `(async () => {
          await engine.open(1, testPage.fileOf("tulips.jpg", sample), 200);
          void engine.ask("crash");
          const look = { saturation: 1, hints: [] };
          let after = null;
          while (after?.code !== "CRASHED") after = await testPage.failure(engine.preview(1, look));
          const ready = await engine.restart();
          return { after, ready, chromatic: testPage.chromatic(await engine.preview(1, look)) };
        })()`,
        { sample },
      );
      expect(result.after).toMatchObject({ code: "CRASHED" });
      expect(result.ready).toMatchObject({ network: { name: "fast" } });
      expect(result.chromatic).toBeGreaterThan(20_000);
    });
  });
});
