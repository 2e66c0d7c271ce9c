import { brotliCompressSync, gzipSync } from "node:zlib";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { findModel } from "../inference/index.ts";
import { readNetworks } from "./networks.ts";
import { answerFile, siteOf } from "./site.ts";

const INDEX = Buffer.from("<!doctype html><title>page</title>");
const SCRIPT = Buffer.from(`export const words = "${"colour ".repeat(500)}";`);

async function makeApp() {
  const networks = await readNetworks([await findModel("small")]);
  const files: Record<string, Uint8Array> = {
    "index.html": INDEX,
    "assets/index-q60W0WAv.js": SCRIPT,
    "assets/index-q60W0WAv.js.br": brotliCompressSync(SCRIPT),
    "assets/index-q60W0WAv.js.gz": gzipSync(SCRIPT),
    "service-worker.js": SCRIPT,
    "manifest.webmanifest": Buffer.from("{}"),
    "networks.json": Buffer.from("those it was built with"),
    "networks/small-0123456789abcdef.onnx": Buffer.from("old"),
  };
  const site = siteOf(new Map(Object.entries(files)), networks);
  const app = new Hono();
  app.get("*", (context) => answerFile(context, site) ?? context.notFound());
  return {
    networks,
    get: (path: string, headers: Record<string, string> = {}, method = "GET") =>
      app.request(path, { headers, method }),
  };
}

describe("the page's files", () => {
  it("have their types, and are kept as long as their names promise", async () => {
    const { get } = await makeApp();
    const rows: [string, string, string][] = [
      ["/", "text/html; charset=utf-8", "no-cache"],
      ["/assets/index-q60W0WAv.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"],
      ["/service-worker.js", "text/javascript; charset=utf-8", "no-cache"],
      ["/manifest.webmanifest", "application/manifest+json", "no-cache"],
      ["/networks.json", "application/json", "no-cache"],
    ];
    for (const [path, type, cache] of rows) {
      const response = await get(path);
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get("content-type")).toBe(type);
      expect(response.headers.get("cache-control")).toBe(cache);
    }
    for (const path of ["/index.html.gz", "/assets/index-q60W0WAv.js.br", "/nothing", "/assets/"]) {
      expect((await get(path)).status).toBe(404);
    }
  });

  it("are sent packed where that is understood", async () => {
    const { get } = await makeApp();
    const ask = async (accept?: string) => {
      const response = await get(
        "/assets/index-q60W0WAv.js",
        accept === undefined ? {} : { "Accept-Encoding": accept },
      );
      return [response.headers.get("content-encoding"), Number(response.headers.get("content-length"))];
    };
    const [plain, br, gzip] = [SCRIPT, brotliCompressSync(SCRIPT), gzipSync(SCRIPT)].map(
      ({ length }) => length,
    );
    expect(await ask()).toEqual([null, plain]);
    expect(await ask("gzip, deflate, br, zstd")).toEqual(["br", br]);
    expect(await ask("gzip;q=0.5")).toEqual(["gzip", gzip]);
    expect(await ask("br;q=0, gzip")).toEqual(["gzip", gzip]);
    expect(await ask("br;q=0.0, gzip; q=0")).toEqual([null, plain]);
    expect((await get("/assets/index-q60W0WAv.js")).headers.get("vary")).toBe("Accept-Encoding");
  });

  it("are not sent again to who has them", async () => {
    const { get } = await makeApp();
    const tag = (await get("/")).headers.get("etag")!;
    expect(tag).toMatch(/^"[\w-]{22}"$/);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const response = await get("/", { "If-None-Match": known });
      expect([response.status, await response.text(), response.headers.get("etag")]).toEqual([304, "", tag]);
    }
    expect((await get("/", { "If-None-Match": '"other"' })).status).toBe(200);
    const head = await get("/", {}, "HEAD");
    expect([head.status, await head.text(), head.headers.get("content-length")]).toEqual([
      200,
      "",
      String(INDEX.length),
    ]);
  });

  it("list the server's own networks, and hand them out", async () => {
    const { get, networks } = await makeApp();
    const list = (await (await get("/networks.json")).json()) as {
      networks: { file: string; bytes: number }[];
    };
    const { sha256 } = networks[0]!;
    expect(list).toEqual({
      networks: [
        {
          name: "small",
          version: "0.1.0",
          space: "lab",
          multiple: 32,
          size: 128,
          file: `networks/small-${sha256.slice(0, 16)}.onnx`,
          bytes: networks[0]!.bytes,
        },
      ],
    });
    const response = await get(`/${list.networks[0]!.file}`);
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect((await response.arrayBuffer()).byteLength).toBe(list.networks[0]!.bytes);
    expect((await get("/networks/small-0123456789abcdef.onnx")).status).toBe(404);
  });
});
