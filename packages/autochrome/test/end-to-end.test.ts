import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Io } from "../src/cli/output.ts";
import { runCli } from "../src/cli/run.ts";
import { rgbToLuma } from "../src/color/index.ts";
import { decodePhoto } from "../src/image/index.ts";
import { withoutClock } from "../src/training/testing.ts";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const WIDTH = 72;
const HEIGHT = 54;

let root: string;
let photos: string;
let killed: string;
let whole: string;

/** Runs a command in this process; it has to succeed. */
async function cli(...argv: string[]): Promise<{ out: string; err: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const code = await runCli(argv, new Io({ stdout, stderr, env: {} }));
  const result = { out: String(stdout.read() ?? ""), err: String(stderr.read() ?? "") };
  expect([argv, code, result.err]).toEqual([argv, 0, result.err]);
  return result;
}

/** A picture of two colours that meet in a slanted edge, with a little texture; different for every index. */
async function writePhoto(path: string, index: number): Promise<void> {
  const rgb = new Uint8Array(WIDTH * HEIGHT * 3);
  const hue = (phase: number, channel: number) =>
    128 + 110 * Math.sin(phase + (channel * 2 * Math.PI) / 3 + index * 0.7);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const above = y < HEIGHT / 2 + ((index % 7) - 3) * (x / WIDTH - 0.5) * 8;
      const texture = ((x * 31 + y * 17 + index * 11) % 13) - 6;
      for (let c = 0; c < 3; c++) {
        const value = hue(above ? 0 : 2.4, c) + texture + (20 * x) / WIDTH;
        rgb[(y * WIDTH + x) * 3 + c] = Math.min(255, Math.max(0, value));
      }
    }
  }
  await sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } }).toFile(path);
}

function train(run: string, ...flags: string[]): string[] {
  const settings =
    "--preset tiny --crop-size 32 --batch-size 4 --pretrain-steps 3 --checkpoint-every 2 --validate-every 4";
  const small = "--validation-photos 2 --validation-size 32 --threads 1";
  return ["train", photos, "--run", run, ...`${settings} ${small}`.split(" "), ...flags];
}

/** Steps in the run's last checkpoint, 0 before the first; between a save's two renames it is called `last.old`. */
function checkpointStep(run: string): number {
  for (const name of ["last", "last.old"]) {
    try {
      const text = readFileSync(join(run, "checkpoints", name, "state.json"), "utf8");
      return (JSON.parse(text) as { step: number }).step;
    } catch {
      // Not there, or just being renamed.
    }
  }
  return 0;
}

/** Starts a training that would go on for ever, and kills it once it has saved a step. */
async function trainAndKill(run: string): Promise<void> {
  const argv = ["--import", "tsx", "--conditions=development", MAIN, ...train(run, "--steps", "1000000")];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (data) => {
    said += data;
  });
  const exit = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on("exit", (_, signal) => resolve(signal));
  });
  try {
    while (checkpointStep(run) < 4) {
      if (child.exitCode !== null) throw new Error(`the training ended by itself: ${said}`);
      await wait(5);
    }
  } finally {
    child.kill("SIGKILL");
  }
  expect(await exit).toBe("SIGKILL");
}

/** Losses and validations by step, without the clock's doing and what is left to do, for the killed run's end is moved. */
function records(run: string): Record<string, unknown>[] {
  return readFileSync(join(run, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const { progress: _, ...row } = withoutClock(JSON.parse(line) as Record<string, unknown>);
      return row;
    });
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "autochrome-end-to-end-"));
  photos = join(root, "photos");
  killed = join(root, "killed");
  whole = join(root, "whole");
  mkdirSync(photos);
  for (let i = 0; i < 24; i++) await writePhoto(join(photos, `${i}.png`), i);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("from photos to colour", () => {
  it("trains to the same losses whether or not it was killed in between", async () => {
    await trainAndKill(killed);
    const steps = String(checkpointStep(killed) + 4);
    await cli("train", "--resume", "--run", killed, "--steps", steps);
    await cli(...train(whole, "--steps", steps));
    const rows = records(whole);
    expect(rows.filter(({ phase }) => phase === "adversarial").length).toBeGreaterThan(3);
    const losses = (run: string) => records(run).filter((row) => "l1" in row);
    expect(losses(killed)).toEqual(losses(whole));
    const tensors = (run: string) => readFileSync(join(run, "checkpoints", "last", "tensors.safetensors"));
    expect(tensors(killed).equals(tensors(whole))).toBe(true);
  });

  it("exports, evaluates and colours", async () => {
    const model = join(root, "models", "mine");
    const exported = JSON.parse((await cli("export", whole, "-o", model, "--json")).out);
    expect(readdirSync(model).sort()).toEqual([
      "README.md",
      "SHA256SUMS",
      "discriminator.onnx",
      "generator.onnx",
    ]);
    expect(exported.files[0].parity.difference).toBeLessThan(1e-4);

    const report = join(root, "report.html");
    const argv = ["evaluate", photos, "--model", model, "--limit", "6", "--report", report, "--json"];
    const { out } = await cli(...argv);
    expectEvaluation(JSON.parse(out), 6);
    expect(readFileSync(report, "utf8").match(/data:image\/jpeg/g)).toHaveLength(18);

    const metrics = join(root, "eval.json");
    writeFileSync(metrics, out);
    const listed = await cli("export", whole, "-o", model, "--weights", "float16", "--metrics", metrics);
    expect(listed.out).toMatch(/generator\.onnx +\d+\.\d kB +differs from the trained one by at most/);
    expect(readFileSync(join(model, "README.md"), "utf8")).toContain("On 6 photos kept apart");

    const small = await cli("export", whole, "-o", model, "--weights", "int8", "--measure", photos);
    expect(small.out).toMatch(/generator\.onnx .* root mean square \(allowed 0\.05\)/);
    expect(small.out).toMatch(/int8 beside float32 on \d+ photos: ΔE2000 [+-]?0\.\d{3} \[/);
    expect((await cli("info", model)).out).toMatch(/weights +int8/);

    const coloured = join(root, "coloured.png");
    await cli("colorize", join(photos, "3.png"), "--model", model, "-o", coloured);
    const before = await decodePhoto(join(photos, "3.png"));
    const after = await decodePhoto(coloured);
    expect([after.width, after.height]).toEqual([WIDTH, HEIGHT]);
    const luma = rgbToLuma(before.rgb);
    const worst = rgbToLuma(after.rgb).reduce((most, l, i) => Math.max(most, Math.abs(l - luma[i]!)), 0);
    expect(worst).toBeLessThan(1);
  });

  it("evaluates a run that was not exported to the same figures, with its training curves", async () => {
    const model = join(root, "models", "whole");
    await cli("export", whole, "-o", model, "--l1");
    const argv = ["evaluate", photos, "--limit", "3", "--json", "--model"];
    const report = join(root, "run.html");
    const { out } = await cli(...argv, whole, "--report", report);
    expect(JSON.parse(out)).toEqual(JSON.parse((await cli(...argv, model)).out));
    expect(readFileSync(report, "utf8")).toMatch(/id="training"[\s\S]*id="settings"/);
  });
});

const METRICS =
  "psnr ssim deltaE2000 abMae colourfulness colourfulnessRatio hueAccuracy accuracy2 accuracy5 auc".split(
    " ",
  );
const CLASSES = "gray red orange yellow green cyan blue purple pink brown".split(" ");

/** The document is just what METRICS.md describes; details may stand beside it. */
function expectEvaluation(document: Record<string, never>, photos: number): void {
  const { model, baselines, discriminator, colours } = document as Record<string, Record<string, never>>;
  expect(document.photos).toBe(photos);
  expect(Object.keys(document)).toEqual(
    expect.arrayContaining(["photos", "model", "baselines", "discriminator", "colours"]),
  );
  expect(Object.keys(baselines!)).toEqual(["gray", "mean"]);
  for (const metrics of [model!, baselines!.gray!, baselines!.mean!]) {
    expect(Object.keys(metrics)).toEqual(METRICS);
    for (const interval of Object.values(metrics) as Record<string, number>[]) {
      expect(Object.keys(interval)).toEqual(["mean", "low", "high"]);
      expect(interval.low).toBeLessThanOrEqual(interval.mean!);
      expect(interval.high).toBeGreaterThanOrEqual(interval.mean!);
    }
  }
  expect(Object.keys(discriminator!)).toEqual(["perImage", "perPatch"]);
  for (const scores of Object.values(discriminator!) as Record<string, unknown>[]) {
    expect(Object.keys(scores)).toEqual("threshold confusion accuracy precision recall f1 rocAuc".split(" "));
    expect(scores.threshold).toBe(0.5);
    expect(Object.keys(scores.confusion as object).sort()).toEqual(["fn", "fp", "tn", "tp"]);
  }
  const { tp, fn, fp, tn } = (discriminator!.perImage as { confusion: Record<string, number> }).confusion;
  expect([tp! + fn!, fp! + tn!]).toEqual([photos, photos]);
  expect(Object.keys(colours!)).toEqual(["classes", "confusion", "precision", "recall", "f1"]);
  expect(colours!.classes).toEqual(CLASSES);
  const confusion = colours!.confusion as number[][];
  expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(photos * WIDTH * HEIGHT);
}
