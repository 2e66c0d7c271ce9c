import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const MODULES = join(PACKAGE, "../../node_modules");
/** What a user of the package has besides it. */
const LINKED = ["@tensorflow", "@types", "onnxruntime-common", "onnxruntime-node", "protobufjs"];

/** A program as a user would write it, with every public entry and its types. */
const CONSUMER = `
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import {
  type BackendStats,
  compile,
  type Device,
  exportOnnx,
  getOnnxRuntimeBackend,
  type OnnxRuntimeBackend,
  registerOnnxRuntime,
} from "tfjs-onnxruntime";
import { type DeviceReport, inspectDevice } from "tfjs-onnxruntime/devices";
import { encodeModel, type OnnxModel, readOnnxMetadata } from "tfjs-onnxruntime/onnx";
import type * as web from "tfjs-onnxruntime/web";

const device: Device = "cpu";
const backend: OnnxRuntimeBackend = await registerOnnxRuntime({ device, threads: 1, cacheSize: 8 });
const report: DeviceReport = inspectDevice("cpu");
export type InTheBrowser = typeof web.registerOnnxRuntime;

// @ts-expect-error: no such device
export const wrongDevice = () => registerOnnxRuntime({ device: "gpu" });
// @ts-expect-error: a number of threads
export const wrongThreads = () => registerOnnxRuntime({ threads: "2" });
// @ts-expect-error: no such option
export const wrongOption = () => registerOnnxRuntime({ thread: 2 });
// @ts-expect-error: a model has nodes
export const wrongModel: OnnxModel = { inputs: [], outputs: [] };

const model = layers.sequential({
  layers: [layers.layers.dense({ units: 1, inputShape: [2], kernelInitializer: "zeros" })],
});
model.compile({ optimizer: tf.train.sgd(0.5), loss: "meanSquaredError" });
const x = tf.tensor2d([1, 0, 0, 1], [2, 2]);
const y = tf.tensor2d([1, 2], [2, 1]);
const before = (await model.trainOnBatch(x, y)) as number;
const after = (await model.trainOnBatch(x, y)) as number;

const double = compile((t: tf.Tensor1D) => tf.mul(t, 2));
const [doubled] = await double(tf.tensor1d([21])).data();

const file: Uint8Array = encodeModel({
  nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
  inputs: [{ name: "x", type: "float32", dims: [1] }],
  outputs: [{ name: "y", type: "float32", dims: [1] }],
  metadata: { made: "here" },
});
const stats: BackendStats = getOnnxRuntimeBackend().stats();
console.log(
  JSON.stringify({
    device: backend.device(),
    usable: report.usable,
    before,
    after,
    doubled,
    exported: typeof exportOnnx,
    metadata: readOnnxMetadata(file),
    fallbacks: stats.fallbacks,
  }),
);
`;

let folder: string;
let packed: string[];

function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** The program that a package installs. */
function program(name: string, path: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path);
}

/** Compiles the program; returns the errors, those in declarations included. */
function typecheck(module: "nodenext" | "preserve", moduleResolution: "nodenext" | "bundler"): string[] {
  const config = `tsconfig.${moduleResolution}.json`;
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2022", "DOM"],
    module,
    moduleResolution,
    types: ["node"],
    strict: true,
    skipLibCheck: false,
    outDir: "out",
    noEmit: moduleResolution === "bundler",
  };
  writeFileSync(join(folder, config), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
  const compiler = program("typescript", "bin/tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", config], { cwd: folder, encoding: "utf8" });
  const errors = stdout.split("\n").filter((line) => line.includes(": error TS"));
  // TensorFlow.js 4.22's own declarations have errors under a strict compiler; ours must have none.
  return errors.filter((line) => !/^\S*node_modules\/@tensorflow\//.test(line));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tfjs-onnxruntime-"));
  const source = join(folder, "source");
  mkdirSync(source);
  for (const name of ["package.json", "README.md", "LICENSE"])
    copyFileSync(join(PACKAGE, name), join(source, name));
  run(
    process.execPath,
    [program("tsdown", "dist/run.mjs"), "--out-dir", join(source, "dist"), "--log-level", "error"],
    PACKAGE,
  );
  const pack = run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], source);
  const [{ filename, files }] = JSON.parse(pack) as [{ filename: string; files: { path: string }[] }];
  packed = files.map(({ path }) => path);
  run("tar", ["-xzf", filename], folder);
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  symlinkSync(join(folder, "package"), join(modules, "tfjs-onnxruntime"), "junction");
  for (const name of LINKED) symlinkSync(join(MODULES, name), join(modules, name), "junction");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "main.ts"), CONSUMER);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the packed package", () => {
  it("holds the built files, its README and its licence, and nothing else", () => {
    expect(packed).toEqual(expect.arrayContaining(["LICENSE", "README.md", "package.json"]));
    for (const entry of ["index", "web", "devices", "onnx/index"]) {
      expect(packed).toEqual(expect.arrayContaining([`dist/${entry}.js`, `dist/${entry}.d.ts`]));
    }
    const other = packed.filter(
      (path) => !/^(LICENSE|README\.md|package\.json|dist\/.*\.(js|d\.ts))$/.test(path),
    );
    expect(other).toEqual([]);
  });

  it("has types for bundlers", () => {
    expect(typecheck("preserve", "bundler")).toEqual([]);
  });

  it("has types for Node, and trains there", () => {
    expect(typecheck("nodenext", "nodenext")).toEqual([]);
    const result = JSON.parse(run(process.execPath, ["out/main.js"], folder)) as Record<string, unknown>;
    // From weights of zero the errors are 1 and 2, their squares 2.5 in the mean. The gradients are -1, -2 (kernel) and
    // -3 (bias); a step of 0.5 makes predictions 2 and 2.5: errors 1 and 0.5, 0.625 in the mean.
    expect(result).toMatchObject({
      device: "cpu",
      usable: true,
      doubled: 42,
      exported: "function",
      metadata: { made: "here" },
      fallbacks: {},
    });
    expect(result.before).toBeCloseTo(2.5, 6);
    expect(result.after).toBeCloseTo(0.625, 6);
  });
});
