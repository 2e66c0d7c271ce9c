import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Io } from "../src/cli/output.ts";
import { runCli } from "../src/cli/run.ts";
import { CONFIG_KEYS, type ConfigKey, configSchema, flagName } from "../src/training/config/index.ts";
import { makePhotos } from "../src/training/testing.ts";

let root: string;
let photos: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-bad-input-"));
  photos = await makePhotos(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** The smallest training there is, to which the words of a test are added. */
const TINY =
  "--preset tiny --backend cpu --width 2 --depth 2 --discriminator-width 2 --discriminator-layers 1 --crop-size 8 " +
  "--batch-size 2 --min-colourfulness 0 --validation-photos 2 --validation-size 8 --steps 1";

async function autochrome(...words: string[]): Promise<{ code: number; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCli(words, new Io({ stdout, stderr, env: {} }));
  stdout.resume();
  return { code, err: String(stderr.read() ?? "") };
}

/** Words of a line; `{photos}` and `{root}` stand for the folders. */
const line = (text: string) =>
  autochrome(...text.split(/\s+/).map((word) => word.replace("{photos}", photos).replace("{root}", root)));

interface JsonSchema {
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  anyOf?: JsonSchema[];
}

/** Values that a setting refuses, and what the refusal has to name. */
function badValues(key: ConfigKey): { values: unknown[]; named: string[] } {
  const whole = z.toJSONSchema(configSchema.shape[key], { io: "input" }) as JsonSchema;
  const { type, minimum, maximum, exclusiveMinimum, ...schema } = whole.anyOf?.[0] ?? whole;
  if (schema.enum) return { values: ["purple", 3, true, {}], named: schema.enum };
  if (type === "boolean") return { values: ["purple", 1, []], named: ["true or false"] };
  if (type === "string") return { values: ["", {}, []], named: ["text"] };
  if (type === "array") return { values: [3, [""], [3], {}], named: ["list of paths"] };
  const values: unknown[] = ["many", true, [], {}];
  const named = [type === "integer" ? "a whole number" : "a number"];
  if (type === "integer") values.push(1.5);
  if (minimum !== undefined) {
    values.push(minimum - 1, -1e300);
    named.push(String(minimum));
  }
  if (exclusiveMinimum !== undefined) {
    values.push(exclusiveMinimum, -1);
    named.push(String(exclusiveMinimum));
  }
  if (maximum !== undefined) values.push(maximum * 2 + 1);
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) {
    values.push(maximum + (type === "integer" ? 1 : 0.01));
    named.push(String(maximum));
  }
  return { values, named };
}

describe("every setting", () => {
  it("is refused out of its range on the command line: exit code 2, its name, the value, the range", async () => {
    for (const key of CONFIG_KEYS) {
      const { values, named } = badValues(key);
      const numeric = named[0]!.includes("number");
      for (const value of [...values, ...(numeric ? ["NaN", "Infinity", "-Infinity", "1,5"] : [])]) {
        const isSwitch = named[0] === "true or false";
        if (key === "photos" || key === "init" || isSwitch || typeof value === "object") continue;
        const { code, err } = await autochrome("train", photos, `${flagName(key)}=${value}`);
        expect([key, value, code, err]).toEqual([key, value, 2, err]);
        if (key === "preset") {
          expect(err).toMatch(/there is no preset '.*'. The presets are tiny, small/);
          continue;
        }
        expect(err).toContain(`${key} cannot be `);
        for (const words of [String(value).replace("-Infinity", "Infinity"), ...named])
          expect(err).toContain(words);
        expect(err).not.toMatch(/invalid|expected|unexpected|too small|too big/i);
      }
    }
  });

  it("is refused in a file, too, with a type that a command line cannot say", async () => {
    const file = join(root, "settings.json");
    for (const key of CONFIG_KEYS) {
      const { values, named } = badValues(key);
      for (const value of values) {
        if (key === "preset" || key === "init") continue;
        await writeFile(file, JSON.stringify({ [key]: value }));
        const { code, err } = await autochrome(
          "train",
          ...(key === "photos" ? [] : [photos]),
          "--config",
          file,
        );
        expect([key, value, code, err]).toEqual([key, value, 2, err]);
        expect(err).toContain(`${key} cannot be ${JSON.stringify(value)}: it has to be `);
        for (const words of named) expect(err).toContain(words);
      }
    }
  });
});

describe("flags", () => {
  it.each([
    [
      "train {photos} --pretrain-steps 2 --pretrain-fraction 0.5",
      /--pretrain-steps and --pretrain-fraction are one/,
    ],
    ["train {photos} --val {photos} --val-fraction 0.5", /--val and --val-fraction contradict each other/],
    ["train {photos} --backend cpu --device cuda", /device cuda is one of onnxruntime's, and backend cpu is/],
    ["train {photos} --crop-size 100", /cropSize 100 is no multiple of 32.*Try 96 or 128/],
    ["train {photos} --validation-size 100", /validationSize 100 is no multiple of 32/],
    ["train {photos} --batchsize 3", /unknown flag --batchsize. Did you mean --batch/],
    ["train {photos} --steps 3 --steps 4", /--steps was given twice/],
    ["train {photos} --flip=yes", /--flip takes no value/],
    ["train {photos} --preset tiny --steps null", /would have no end: give --steps, --epochs or --minutes/],
    [
      "train {photos} --resume --run {root}/none",
      /holds no run to resume: check --run, or leave --resume out/,
    ],
    ["train {photos} --run {photos}/runs/a", /lies among the photos in .*: name one outside with --run/],
    ["train {photos} --config {root}/none.json", /none.json cannot be read: name an existing JSON file/],
    ["train {photos} --config {photos}/photo-0.png", /is not valid JSON/],
  ])("that contradict are refused: %s", async (text, message) => {
    const { code, err } = await line(text);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  it("hardly meant are warned about", async () => {
    const { code, err } = await line(
      `train {photos} ${TINY} --run {root}/advice --pretrain-steps 5 --warmup-steps 9`,
    );
    expect(err).toMatch(
      /note: the run ends at step 1, before the adversarial phase begins \(pretrainSteps 5\)/,
    );
    expect(err).toMatch(
      /note: the run ends at step 1, before the learning rates have risen \(warmupSteps 9\)/,
    );
    expect(code).toBe(0);
  });
});

describe("photos", () => {
  it("are refused where there are none, too few, or no split of them", async () => {
    await mkdir(join(root, "empty"));
    await mkdir(join(root, "one"));
    await copyFile(join(photos, "photo-0.png"), join(root, "one", "photo.png"));
    await writeFile(join(root, "list.txt"), "# nothing yet\n");
    const refused: [string, number, RegExp][] = [
      ["{root}/none", 1, /There is no .*none: check the path/],
      ["{root}/empty", 1, /empty is empty: put photos into it .* or name another folder/],
      ["{root}/list.txt", 1, /lists no photo: write one path a line/],
      ["{root}/one", 1, /One photo cannot be split: add photos, or name a folder with --val/],
      ["{photos} --min-colourfulness 200", 1, /Too few photos.*6 near gray.*give colour photos/],
      ["{photos} --crop-size 64", 1, /Too few photos.*6 too small.*larger photos or a smaller --crop-size/],
      ["{photos} --val {root}/empty", 1, /empty is empty: put photos into it/],
      ["{photos} --val {root}/none", 1, /There is no .*none: check the path/],
      ["{photos} --val {photos}", 2, /6 of the photos in .* are also among.*--val-overlap exclude/],
      ["{photos} --val {root}/one", 2, /1 of the photos in .*one\/photo.png is .*photo-0.png/],
      ["{photos} --val {photos} --val-overlap exclude", 1, /every photo to train on is also in/],
    ];
    for (const [words, code, message] of refused) {
      const result = await line(
        `train ${TINY} --run {root}/refused ${words}`
          .replace(/--crop-size 8 (?=.*--crop)/, "")
          .replace(/--min-colourfulness 0 (?=.*--min-c)/, ""),
      );
      expect([words, result.err]).toEqual([words, expect.stringMatching(message)]);
      expect([words, result.code]).toEqual([words, code]);
    }
    expect(await readdir(root)).not.toContain("refused");
  });
});

describe("--resume", () => {
  it("names every setting that was changed, with both values, and takes those that may change", async () => {
    await line(`train {photos} ${TINY} --run {root}/run`);
    const changed = await line("train --resume --run {root}/run --batch-size 3 --lambda 7 --no-flip");
    expect(changed.err).toMatch(
      /was made with batchSize 2, not 3; flip true, not false; lambda 100, not 7: leave --batch-size, --flip and --lambda out/,
    );
    expect(changed.code).toBe(2);
    const preset = await line("train --resume --run {root}/run --preset base");
    expect(preset.err).toMatch(/was started with the preset 'tiny', not 'base': leave --preset out/);
    expect(preset.code).toBe(2);
    const over = await line("train --resume --run {root}/run --preset tiny");
    expect(over.err).toMatch(
      /note: this run has reached its end already \(--steps 1\): name a later one to go on/,
    );
    expect(over.code).toBe(0);
    const longer = await line("train --resume --run {root}/run --steps 3");
    expect(longer.err).toMatch(/resumed at step 1[\s\S]*done: 3 steps/);
  });

  it("tells of a damaged config.json, and of a run by a newer version", async () => {
    await line(`train {photos} ${TINY} --run {root}/damaged`);
    await writeFile(join(root, "damaged", "config.json"), '{"preset": ');
    const damaged = await line("train --resume --run {root}/damaged");
    expect(damaged.err).toMatch(
      /config.json is damaged.*put what stands under "config" in checkpoints\/last\/state.json/,
    );
    await writeFile(join(root, "damaged", "config.json"), '{"photos": ["x"], "sparkle": 1}');
    const newer = await line("train --resume --run {root}/damaged");
    expect(newer.err).toMatch(
      /settings that this version of Autochrome does not know \(sparkle\): use the version/,
    );
    expect(newer.code).toBe(2);
  });
});
