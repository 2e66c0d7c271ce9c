import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { DEVICES as ENGINE_DEVICES } from "tfjs-onnxruntime/devices";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEVICES } from "../devices.ts";
// The tiny network is the inference tests' own; nothing but tests may use it.
import { tinyModel } from "../inference/testing.ts";
import { Io } from "./output.ts";
import { runCli } from "./run.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
let folder: string;
let model: string;
let photo: string;
let png: Buffer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "autochrome-cli-"));
  model = join(folder, "net.onnx");
  photo = join(folder, "photo.png");
  writeFileSync(model, tinyModel());
  png = await sharp({ create: { width: 9, height: 7, channels: 3, background: "#888" } })
    .png()
    .toBuffer();
  writeFileSync(photo, png);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs in this process. */
async function cli(argv: string[], options: { stdin?: Buffer; tty?: boolean; signal?: AbortSignal } = {}) {
  const stdout = Object.assign(new PassThrough(), { isTTY: options.tty === true });
  const stderr = Object.assign(new PassThrough(), { isTTY: false });
  const stdin = Object.assign(Readable.from(options.stdin ? [options.stdin] : []), { isTTY: false });
  const code = await runCli(argv, new Io({ stdin, stdout, stderr, env: {}, signal: options.signal }));
  const bytes = (stdout.read() as Buffer | null) ?? Buffer.alloc(0);
  return { code, bytes, out: bytes.toString(), err: String(stderr.read() ?? "") };
}

function spawn(argv: string[], env: NodeJS.ProcessEnv = process.env) {
  const flags = ["--import", "tsx", "--conditions=development"];
  return spawnSync(process.execPath, [...flags, MAIN, ...argv], { encoding: "utf8", env });
}

describe("the program", () => {
  it("is started, prints its version, and exits 2 on wrong usage", () => {
    const version = spawn(["--version"]);
    expect(version.status).toBe(0);
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const wrong = spawn(["colorize", photo, "--sise", "3"]);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toBe("error: unknown flag --sise. Did you mean --size?\n");
    expect(wrong.stdout).toBe("");
  });
});

describe("privacy", () => {
  it("leaves ONNX Runtime's telemetry off: no device id is made", () => {
    const home = join(folder, "home");
    mkdirSync(home);
    const { PATH } = process.env;
    const { status } = spawn(["doctor", "--model", model], { PATH, HOME: home });
    expect(status).toBe(0);
    expect(
      readdirSync(home, { recursive: true }).filter((path) => /onnxruntime/i.test(String(path))),
    ).toEqual([]);
  });
});

describe("runCli", () => {
  it("prints help, also beside wrong flags", async () => {
    expect((await cli(["--help"])).out).toMatch(/^Autochrome .*Usage: autochrome <command>/s);
    for (const argv of [
      ["colorize", "--help"],
      ["help", "colorize"],
      ["colorize", "--bogus", "-h"],
    ]) {
      const { code, out } = await cli(argv);
      expect(code).toBe(0);
      expect(out).toMatch(/Usage: autochrome colorize/);
    }
  });

  it("exits 2 with one line on wrong usage", async () => {
    const cases: [string[], RegExp][] = [
      [["colourize"], /unknown command 'colourize'. Did you mean colorize\?/],
      [["--size"], /the command comes before its flags/],
      [["colorize"], /name a photo, a folder/],
      [["colorize", photo, "--size", "abc"], /--size must be a whole number from 16 to 4096, not 'abc'/],
      [["colorize", photo, "--format", "bmp"], /--format must be one of jpeg/],
      [["colorize", "-", photo], /cannot be mixed/],
      [["info", "a", "b"], /name one model/],
    ];
    for (const [argv, message] of cases) {
      const { code, out, err } = await cli(argv);
      expect(err).toMatch(message);
      expect([argv, code, out, err.trim().split("\n").length]).toEqual([argv, 2, "", 1]);
    }
    expect((await cli([])).code).toBe(2);
  });

  it("prints stacks under --debug only", async () => {
    expect((await cli(["info", "nowhere.onnx"])).err).toMatch(
      /^error: there is no model 'nowhere.onnx'.*\n$/,
    );
    expect((await cli(["info", "nowhere.onnx", "--debug"])).err).toMatch(/\n\s+at /);
  });
});

describe("colorize", () => {
  it("colours, skips, fails, and counts", async () => {
    const first = await cli(["colorize", photo, "--model", model]);
    expect(first.code).toBe(0);
    expect(first.err).toMatch(/photo.png -> .*photo.color.png {2}9x7.*\n1 ok, 0 skipped, 0 failed\n$/s);
    expect(first.out).toBe("");
    const again = await cli(["colorize", photo, join(folder, "none.jpg"), "--model", model, "--json"]);
    expect(again.code).toBe(1);
    expect(JSON.parse(again.out)).toMatchObject({
      ok: 0,
      skipped: 1,
      failed: 1,
      model: { name: "linear" },
      photos: [{ status: "failed", error: expect.stringContaining("none.jpg") }, { status: "skipped" }],
    });
    const quiet = await cli(["colorize", photo, "--model", model, "--quiet", "--overwrite"]);
    expect(quiet).toMatchObject({ code: 0, out: "", err: "" });
  });

  it("reads stdin and writes stdout", async () => {
    const { code, bytes, err } = await cli(["colorize", "-", "--model", model], { stdin: png });
    expect([code, err]).toEqual([0, ""]);
    expect(await sharp(bytes).metadata()).toMatchObject({ format: "png", width: 9, height: 7 });
    const out = join(folder, "piped.jpg");
    expect((await cli(["colorize", "-", "-o", out, "--model", model], { stdin: png })).code).toBe(0);
    expect((await sharp(readFileSync(out)).metadata()).format).toBe("jpeg");
    const file = await cli(["colorize", photo, "-o", "-", "--format", "webp", "--model", model]);
    expect((await sharp(file.bytes).metadata()).format).toBe("webp");
  });

  it("does not spill a photo over a terminal, nor mistake stdin's rubbish for a photo", async () => {
    expect((await cli(["colorize", "-", "--model", model], { stdin: png, tty: true })).err).toMatch(
      /terminal/,
    );
    const rubbish = await cli(["colorize", "-", "--model", model], { stdin: Buffer.from("rubbish") });
    expect([rubbish.code, rubbish.out]).toEqual([1, ""]);
  });

  it("exits 130 when interrupted", async () => {
    const target = join(folder, "late.png");
    const argv = ["colorize", photo, "-o", target, "--model", model];
    expect((await cli(argv, { signal: AbortSignal.abort() })).code).toBe(130);
    expect(existsSync(target)).toBe(false);
  });
});

describe("--device", () => {
  const absent = process.platform === "darwin" ? "dml" : "coreml";

  it("is one of the engine's", () => {
    expect(DEVICES).toEqual(ENGINE_DEVICES);
  });

  it("cpu and auto colour; one that is not here is an error, and so is an unknown one", async () => {
    const out = join(folder, "device.png");
    for (const device of ["cpu", "auto"]) {
      expect(
        (await cli(["colorize", photo, "-m", model, "-o", out, "--overwrite", "--device", device])).code,
      ).toBe(0);
    }
    for (const command of ["colorize", "evaluate"]) {
      const missing = await cli([command, photo, "-m", model, "--device", absent]);
      expect(missing.code).toBe(1);
      expect(missing.err).toMatch(
        new RegExp(`error: the device "${absent}" cannot be used: .*Usable on this machine: cpu`),
      );
      const unknown = await cli([command, photo, "-m", model, "--device", "gpu"]);
      expect(unknown.code).toBe(2);
      expect(unknown.err).toMatch(/--device must be one of auto, cpu, cuda, webgpu, coreml, dml, not 'gpu'/);
    }
    expect((await cli(["train", folder, "--device", "gpu"])).code).toBe(2);
  });
});

describe("info and doctor", () => {
  it("print a network's card", async () => {
    expect((await cli(["info", model])).out).toMatch(/predicts +a, b from L.*license +MIT/s);
    const { out } = await cli(["info", model, "--json"]);
    expect(JSON.parse(out)).toMatchObject({ name: "linear", role: "generator", card: { photos: 3 } });
  });

  it("find what is well and what is broken", async () => {
    const well = await cli(["doctor", "--model", model, "--json"]);
    expect(well.code).toBe(0);
    const { checks } = JSON.parse(well.out) as { checks: { name: string; status: string }[] };
    const names = [
      "autochrome",
      "node",
      "cpu",
      "memory",
      "disk",
      "onnxruntime",
      "sharp",
      "device cpu",
      "device cuda",
      "device webgpu",
      "device coreml",
      "device dml",
      "model",
      "inference",
    ];
    expect(checks.map(({ name }) => name)).toEqual(names);
    const sums = join(folder, "SHA256SUMS");
    writeFileSync(sums, `${"0".repeat(64)}  net.onnx\n`);
    const broken = await cli(["doctor", "--model", model]);
    rmSync(sums);
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/broken +model .*checksum differs\n +-> Fetch the file again/);
  });
});
