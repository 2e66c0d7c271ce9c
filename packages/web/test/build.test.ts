import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { ensurePage } from "../page.ts";
import { POLICY } from "../page-headers.ts";
import { BUILD_MS } from "./harness.ts";

/** Fetched on demand: runtime, networks, sample photos at full size; the rest is the first load. */
const LATER = /\.(wasm|onnx|jpg)$/;
const BUDGET = 1_000_000;

describe("the built page", () => {
  let folder: string;
  let files: Map<string, number>;
  const text = (name: string) => readFileSync(join(folder, name), "utf8");

  beforeAll(async () => {
    folder = await ensurePage();
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const plain = names.filter(
      (name) => statSync(join(folder, name)).isFile() && !/(\.(br|gz)|^\..*)$/.test(name),
    );
    files = new Map(plain.map((name) => [name, statSync(join(folder, name)).size]));
  }, BUILD_MS);

  it("weighs under 1 MB without its runtime and network, all parts and icons counted", () => {
    const sum = (...names: string[]) => names.reduce((bytes, name) => bytes + files.get(name)!, 0);
    const names = [...files.keys()];
    const first = sum(...names.filter((name) => !LATER.test(name)));
    const told = names
      .filter((name) => /\.(wasm|onnx)$/.test(name))
      .map((name) => `${name}: ${(sum(name) / 1e6).toFixed(1)} MB`);
    console.log(`First load: at most ${Math.round(first / 1000)} kB. Later: ${told.join(", ")}.`);
    expect(first).toBeLessThan(BUDGET);
  });

  it("holds its policy, and nothing inline that the policy would refuse", () => {
    const html = text("index.html");
    const decoded = html.replaceAll("&#39;", "'");
    expect(decoded).toContain(`http-equiv="Content-Security-Policy" content="${POLICY}"`);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/https?:\/\//);
  });

  it("lies under any path: it names no file by an absolute one", () => {
    expect(text("index.html")).not.toMatch(/(src|href)="\//);
    const { start_url, scope, icons } = JSON.parse(text("manifest.webmanifest"));
    for (const path of [start_url, scope, ...icons.map(({ src }: { src: string }) => src)]) {
      expect(path).not.toMatch(/^\//);
    }
    for (const { src } of icons) expect(files.has(src)).toBe(true);
  });

  it("has its service worker precache the shell, and neither runtime nor network", () => {
    const worker = text("service-worker.js");
    const precached = [...worker.matchAll(/url:`([^`]+)`/g)].map(([, url]) => url!);
    const shell = [...files.keys()].filter(
      (name) => !LATER.test(name) && !/\.mjs$|^networks\.json$|^service-worker\.js$/.test(name),
    );
    expect(precached.sort()).toEqual(shell.sort());
  });

  it("lies there compressed too, losslessly", () => {
    for (const [name, bytes] of files) {
      if (!/\.(js|css|wasm)$/.test(name) || bytes < 1000) continue;
      const original = readFileSync(join(folder, name));
      expect(brotliDecompressSync(readFileSync(join(folder, `${name}.br`))).equals(original)).toBe(true);
      expect(gunzipSync(readFileSync(join(folder, `${name}.gz`))).equals(original)).toBe(true);
    }
  });
});
