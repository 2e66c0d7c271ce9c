import { describe, expect, it } from "vitest";
import { checkBrowser, threadsFor } from "./browser-support.ts";
import { describeError, engineError } from "./errors.ts";
import { whyNoWebGpu } from "./gpu-choice.ts";
import { pixelLimit } from "./pixel-limit.ts";

describe("checkBrowser", () => {
  const enough = { WebAssembly, OffscreenCanvas: class {}, createImageBitmap: () => {} };

  it("accepts a browser that has everything: its module with vectors is valid", () => {
    expect(() => checkBrowser(enough)).not.toThrow();
  });

  it.each([
    ["WebAssembly with SIMD", { ...enough, WebAssembly: { validate: () => false } }],
    ["OffscreenCanvas and createImageBitmap", { WebAssembly }],
  ])("names what is missing: %s", (missing, scope) => {
    expect(() => checkBrowser(scope)).toThrow(`it lacks ${missing}. `);
    expect(() => checkBrowser(scope)).toThrow(expect.objectContaining({ code: "UNSUPPORTED_BROWSER" }));
  });
});

describe("threadsFor", () => {
  it.each([
    [true, 1, 1],
    [true, 2, 2],
    [true, 4, 4],
    [true, 6, 4],
    [true, 8, 4],
    [true, 12, 6],
    [true, 64, 8],
    [false, 16, 1],
  ])("isolated %s, %i processors: %i", (isolated, processors, threads) => {
    expect(threadsFor(isolated, processors)).toBe(threads);
  });
});

describe("whyNoWebGpu", () => {
  const gpu = (adapter: object | null) => ({ requestAdapter: async () => adapter });

  it("finds no reason against a graphics card", async () => {
    expect(await whyNoWebGpu(gpu({ info: { vendor: "intel", architecture: "xe" } }))).toBeNull();
  });

  it.each([
    ["no WebGPU", undefined, /has no WebGPU/],
    ["no adapter", gpu(null), /no graphics card that it supports/],
    ["a request that fails", { requestAdapter: () => Promise.reject(new Error("no")) }, /no graphics card/],
    ["a software adapter", gpu({ info: { isFallbackAdapter: true } }), /in software/],
    ["a software adapter of older browsers", gpu({ isFallbackAdapter: true }), /in software/],
    ["SwiftShader", gpu({ info: { vendor: "google", architecture: "swiftshader" } }), /in software/],
  ])("says why: %s", async (_, given, reason) => {
    expect(await whyNoWebGpu(given)).toMatch(reason);
  });

  it("accepts software where it is to be tried", async () => {
    expect(await whyNoWebGpu(gpu({ info: { isFallbackAdapter: true } }), true)).toBeNull();
  });
});

describe("pixelLimit", () => {
  it.each([
    ["a desktop that does not tell", { userAgent: "Mozilla/5.0 (X11; Linux) Firefox/140" }, 100e6],
    ["a desktop with 4 GiB", { userAgent: "Mozilla/5.0 (X11; Linux) Chrome/140", deviceMemory: 4 }, 50e6],
    ["an iPhone", { userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18) Mobile Safari" }, 16e6],
    ["a small phone", { userAgent: "Mozilla/5.0 (Linux; Android 14) Mobile Chrome", deviceMemory: 4 }, 25e6],
    ["a large phone", { userAgent: "Mozilla/5.0 (Linux; Android 14) Mobile Chrome", deviceMemory: 8 }, 50e6],
  ])("%s", (_, device, pixels) => {
    expect(pixelLimit(device)).toBe(pixels);
  });
});

describe("describeError", () => {
  it("keeps messages that are meant for people", () => {
    expect(describeError(engineError("CLOSED", "it was closed."))).toEqual({
      code: "CLOSED",
      message: "it was closed.",
    });
  });

  it.each([
    new RangeError("Array buffer allocation failed"),
    new RangeError("Invalid typed array length: 400000000"),
    new RangeError("WebAssembly.Memory(): could not allocate memory"),
    new Error("failed to allocate a buffer: std::bad_alloc"),
    "Aborted(OOM). out of memory",
  ])("recognises %s as too little memory", (thrown) => {
    expect(describeError(thrown)).toMatchObject({ code: "OUT_OF_MEMORY", message: /smaller photo/ });
  });

  it("takes whatever is thrown", () => {
    expect(describeError(1234)).toEqual({ code: "FAILED", message: "1234" });
    expect(describeError(new Error("first\nsecond"))).toEqual({ code: "FAILED", message: "first" });
  });
});
