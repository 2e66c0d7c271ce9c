import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import * as face from "./index.ts";

/** How many of TensorFlow.js's files a process has loaded that imports `module`. */
function loadedAfter(module: string): number {
  const script = `
    const { createRequire } = await import("node:module");
    await import(${JSON.stringify(new URL(module, import.meta.url).href)});
    const loaded = Object.keys(createRequire(${JSON.stringify(import.meta.url)}).cache);
    console.log(loaded.filter((path) => path.includes("@tensorflow")).length);`;
  const flags = ["--import", "tsx", "--conditions=development", "--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  expect(stderr).toBe("");
  return Number(stdout);
}

it("is light: TensorFlow.js is loaded only by what needs it", () => {
  expect(loadedAfter("./index.ts")).toBe(0);
  expect(loadedAfter("./assess/index.ts")).toBe(0);
  // The check itself works.
  expect(loadedAfter("./training/index.ts")).toBeGreaterThan(0);
});

it("offers what the README shows", () => {
  expect(Object.keys(face).sort()).toEqual([
    "AutochromeError",
    "Colorizer",
    "colorizeFiles",
    "compare",
    "decodePhoto",
    "encodePhoto",
    "evaluate",
    "exportRun",
    "findModel",
    "formatComparison",
    "formatEvaluation",
    "formatHints",
    "installedModels",
    "loadColorizer",
    "packPhotos",
    "parseHints",
    "readHintsFile",
    "readModelFile",
    "train",
    "writeFileAtomic",
  ]);
});
