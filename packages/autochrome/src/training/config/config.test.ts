import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  allowedValues,
  CONFIG_KEYS,
  type ConfigKey,
  completeConfig,
  describeConfig,
  flagName,
  nearestKey,
  type PartialConfig,
  PRESETS,
  parseSetting,
  readConfigFile,
  requireSameSettings,
  resolveConfig,
} from "./index.ts";

const photos = ["photos"];

describe("resolveConfig", () => {
  it("lets defaults yield to the preset, the preset to the file, the file to flags", () => {
    const file: PartialConfig = { preset: "tiny", batchSize: 3, cropSize: 48 };
    const config = resolveConfig({ file, flags: { photos, cropSize: 64 } });
    expect(config.preset).toBe("tiny");
    expect(config.depth).toBe(PRESETS.tiny.depth);
    expect(config.batchSize).toBe(3);
    expect(config.cropSize).toBe(64);
    expect(config.lambda).toBe(100);
    expect(Object.keys(config).sort()).toEqual([...CONFIG_KEYS].sort());
  });

  it("takes the preset `small` where none is named, and the flags' before the file's", () => {
    expect(resolveConfig({ flags: { photos } }).width).toBe(PRESETS.small.width);
    expect(resolveConfig({ file: { preset: "tiny" }, flags: { photos, preset: "base" } }).depth).toBe(8);
  });

  it("resolves every preset", () => {
    for (const preset of Object.keys(PRESETS))
      expect(resolveConfig({ flags: { photos, preset } }).preset).toBe(preset);
  });

  it("drops weaker limits when one is named", () => {
    const { steps, minutes, epochs } = resolveConfig({ flags: { photos, minutes: 5 } });
    expect([steps, minutes, epochs]).toEqual([null, 5, null]);
  });

  it("starts from the saved configuration of a resumed run", () => {
    const saved = resolveConfig({ flags: { photos, preset: "tiny", lambda: 7 } });
    expect(resolveConfig({ saved, flags: { steps: 99 } })).toEqual({ ...saved, steps: 99 });
  });

  it("keeps a resumed run's preset, and lets it be named", () => {
    const saved = resolveConfig({ flags: { photos, preset: "tiny", lambda: 7 } });
    expect(resolveConfig({ saved, flags: { preset: "tiny" } })).toEqual(saved);
    expect(() => resolveConfig({ saved, flags: { preset: "base" } })).toThrow(
      "this run was started with the preset 'tiny', not 'base': leave --preset out",
    );
    expect(() => resolveConfig({ saved, flags: { preset: "bass" } })).toThrow("no preset 'bass'");
  });

  it("lets the share of phase 1 overrule steps that a weaker source names", () => {
    const file: PartialConfig = { pretrainSteps: 100 };
    expect(resolveConfig({ file, flags: { photos, pretrainFraction: 0.5 } }).pretrainSteps).toBeNull();
    expect(resolveConfig({ file, flags: { photos } }).pretrainSteps).toBe(100);
  });

  it("names the nearest setting to an unknown one", () => {
    const flags = { photos, bachSize: 3 } as PartialConfig;
    expect(() => resolveConfig({ flags })).toThrow(/'bachSize' is no setting. Did you mean 'batchSize'/);
    expect(nearestKey("learningrate")).toMatch(/LearningRate/);
    expect(nearestKey("zzzzzzzzzz")).toBeNull();
  });

  it("says what is wrong with a value, and exits with 2", () => {
    const refused: [PartialConfig, RegExp][] = [
      [
        { photos, batchSize: 0 },
        /batchSize cannot be 0: it has to be a whole number from 1 to 1024. It means: crops a step/,
      ],
      [{ photos, batchSize: 0, lambda: Number.NaN }, /batchSize cannot be 0.* lambda cannot be NaN: /],
      [{ photos: "folder" as never }, /photos cannot be "folder": it has to be a list of paths/],
      [{ photos, backend: "cpu", device: "cuda" }, /device cuda is one of onnxruntime's, and backend cpu/],
      [{ photos, space: "hsv" as "lab" }, /space cannot be "hsv": it has to be one of lab, rgb/],
      [{ photos, cropSize: 100 }, /cropSize 100 is no multiple of 32.* Try 96 or 128/],
      [{ photos, preset: "huge" }, /no preset 'huge'. The presets are tiny, small/],
      [{ photos, steps: null }, /no end: give --steps, --epochs or --minutes/],
      [{}, /no photos were named/],
    ];
    for (const [flags, message] of refused) {
      expect(() => resolveConfig({ flags })).toThrow(message);
      expect(() => resolveConfig({ flags })).toThrow(expect.objectContaining({ exitCode: 2 }));
    }
  });
});

describe("oldPhotos", () => {
  const resolved = (flags: PartialConfig, file?: PartialConfig) =>
    resolveConfig({ flags: { photos, ...flags }, file });

  it("is null and every strength 0 where nothing is named", () => {
    const off = { orthochromatic: 0, blur: 0, vignette: 0, fade: 0, gamma: 0, grain: 0, grainSize: 0 };
    expect(resolved({})).toMatchObject({ oldPhotos: null, ...off });
    expect(resolved({ oldPhotos: 0 })).toMatchObject({ oldPhotos: 0, ...off });
    expect(resolved({ fade: 0.2 })).toMatchObject({ ...off, oldPhotos: null, fade: 0.2 });
  });

  it("names the strengths that nobody has named, and leaves a named 0 off", () => {
    const config = resolved({ oldPhotos: 0.5, blur: 0 }, { fade: 0.1 });
    expect(config).toMatchObject({ oldPhotos: 0.5, blur: 0, fade: 0.1 });
    for (const key of ["orthochromatic", "vignette", "gamma", "grain", "grainSize"] as const) {
      expect(config[key]).toBeGreaterThan(0);
    }
  });

  it("is resolved once: a resumed run keeps its strengths", () => {
    const saved = { ...resolved({ oldPhotos: 0.5 }), vignette: 0.123 };
    expect(resolveConfig({ saved, flags: { steps: 9 } })).toMatchObject({ oldPhotos: 0.5, vignette: 0.123 });
    // A run from before there was such a setting: every crop faded, as it was.
    const { oldPhotos, orthochromatic, ...older } = resolved({ fade: 0.2 });
    expect([oldPhotos, orthochromatic]).toEqual([null, 0]);
    expect(completeConfig(older, "runs/a")).toEqual(resolved({ fade: 0.2 }));
  });
});

describe("parseSetting", () => {
  it("reads a flag's text as the setting's type", () => {
    expect(parseSetting("batchSize", "8")).toBe(8);
    expect(parseSetting("generatorLearningRate", "2e-4")).toBe(2e-4);
    expect(parseSetting("space", "rgb")).toBe("rgb");
    expect(parseSetting("normalization", "none")).toBe("none");
    expect(parseSetting("run", "12")).toBe("12");
    expect(parseSetting("steps", "null")).toBeNull();
    expect(parseSetting("val", "null")).toBeNull();
    expect(parseSetting("val", "./null")).toBe("./null");
    expect(parseSetting("device", "none")).toBeNull();
    expect(parseSetting("flip", "false")).toBe(false);
    expect(parseSetting("batchSize", "many")).toBe("many");
  });
});

describe("requireSameSettings", () => {
  const saved = resolveConfig({ flags: { photos, preset: "tiny" } });

  it("names the setting that a checkpoint was made otherwise with", () => {
    expect(() => requireSameSettings(saved, { ...saved, generatorLearningRate: 0.1 }, "runs/a")).toThrow(
      "the checkpoint in runs/a was made with generatorLearningRate 0.0002, not 0.1: " +
        "leave --generator-learning-rate out to resume it, or start another run with --run.",
    );
  });

  it("names every setting that differs, with both values", () => {
    expect(() => requireSameSettings(saved, { ...saved, lambda: 1, flip: false, seed: 9 }, "a")).toThrow(
      "the checkpoint in a was made with seed 1, not 9; flip true, not false; lambda 100, not 1: leave --seed, " +
        "--flip and --lambda out to resume it",
    );
  });

  it("lets a run be extended, watched and computed otherwise", () => {
    requireSameSettings(saved, { ...saved, steps: 1000, samples: 1, threads: 1 }, "runs/a");
  });
});

describe("settings for stability and of recipes", () => {
  const resolved = (flags: PartialConfig) => resolveConfig({ flags: { photos: ["x"], ...flags } });

  it("are off in the preset that is used where none is named", () => {
    expect(resolved({})).toMatchObject({
      r1Gamma: 0,
      diffAugment: "none",
      instanceNoise: 0,
      generatorSteps: 1,
      discriminatorSteps: 1,
      discriminatorNormalization: "none",
      architecture: "unet",
      initialization: "normal",
      scaleMin: 1,
      generator: null,
      discriminator: null,
    });
  });

  it("take auto for R1's weight, and a policy as its authors spell it", () => {
    expect(parseSetting("r1Gamma", "auto")).toBe("auto");
    expect(parseSetting("r1Gamma", "0.5")).toBe(0.5);
    expect(resolved({ diffAugment: "translation,cutout" }).diffAugment).toBe("translation,cutout");
    expect(() => resolved({ r1Gamma: "some" as "auto" })).toThrow(
      /r1Gamma cannot be "some".*number from 0 to 1000000, or auto/,
    );
  });

  it("are refused where the network cannot be built so", () => {
    const network = (flags: PartialConfig) => () => resolveConfig({ flags: { photos: ["x"], ...flags } });
    expect(network({ head: "classes", space: "rgb" })).toThrow(/head classes .* only space lab/);
    expect(network({ encoder: "mobilenet", architecture: "pix2pix" })).toThrow(/downs of its own/);
    expect(network({ encoder: "inception", depth: 6, cropSize: 128 })).toThrow(
      /halves five times.*--depth 5/,
    );
    expect(network({ encoder: "inception", depth: 4 })().encoderRate).toBe(0);
  });

  it("are refused where they cannot work together", () => {
    expect(() => resolved({ r1Gamma: 1, backend: "cpu" })).toThrow(/needs second derivatives/);
    expect(() => resolved({ scaleMin: 3 })).toThrow(/scaleMin 3 is above scaleMax 2.25/);
    // Sizes are checked against the settings' own generator only.
    expect(() => resolved({ cropSize: 72 })).toThrow(/no multiple of 32/);
    expect(resolved({ cropSize: 72, generator: "mine" }).cropSize).toBe(72);
  });
});

describe("completeConfig", () => {
  const saved = resolveConfig({ flags: { photos, preset: "tiny" } });

  it("gives settings that an older version did not know their defaults", () => {
    const { chromaWeight: _, samples: __, ...older } = saved;
    expect(completeConfig(older, "config.json")).toEqual({ ...saved, chromaWeight: 0, samples: 8 });
  });

  it("refuses what a newer version wrote, and values out of range, by name", () => {
    expect(() => completeConfig({ ...saved, sparkle: 3 }, "a/config.json")).toThrow(
      "a/config.json holds settings that this version of Autochrome does not know (sparkle): use the version",
    );
    expect(() => completeConfig({ ...saved, lambda: -1 }, "a/config.json")).toThrow(
      /a\/config.json: lambda cannot be -1: it has to be a number from 0 to/,
    );
    expect(() => completeConfig(null, "a/config.json")).toThrow(/no photos were named/);
  });
});

describe("allowedValues", () => {
  it("says what a setting may be", () => {
    const words = {
      space: "one of lab, rgb",
      flip: "true or false",
      valFraction: "a number from 0 to 0.9",
      generatorLearningRate: "a number above 0 and up to 1",
      seed: "a whole number, 0 or more",
      validationSize: "a whole number from 8 to 4096, or null",
      device: "one of auto, cpu, cuda, webgpu, coreml, dml, or null",
      val: "a text that is not empty, or null",
      photos: 'a list of paths, as ["photos/"]',
    } as const;
    for (const [key, text] of Object.entries(words)) expect(allowedValues(key as ConfigKey)).toBe(text);
  });
});

describe("describeConfig", () => {
  it("has words for every setting", () => {
    const all = describeConfig();
    expect(all.map(({ key }) => key)).toEqual(CONFIG_KEYS);
    for (const { description } of all) expect(description.length).toBeGreaterThan(10);
    expect(all.find(({ key }) => key === "space")).toMatchObject({ choices: ["lab", "rgb"], default: "lab" });
    expect(all.find(({ key }) => key === "flip")).toMatchObject({ boolean: true, default: true });
    expect(flagName("minColourfulness")).toBe("--min-colourfulness");
  });
});

describe("readConfigFile", () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "autochrome-config-"));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  const file = async (text: string) => {
    const path = join(root, "config.json");
    await writeFile(path, text);
    return readConfigFile(path);
  };

  it("reads settings, and refuses what holds none", async () => {
    expect(await file('{"batchSize": 3}')).toEqual({ batchSize: 3 });
    await expect(file("{")).rejects.toThrow(/not valid JSON/);
    await expect(file("[1]")).rejects.toThrow(/has to be a JSON object/);
    await expect(file('{"steeps": 3}')).rejects.toThrow(
      /config.json: 'steeps' is no setting. Did you mean 'steps'/,
    );
    await expect(readConfigFile(join(root, "none.json"))).rejects.toThrow(/cannot be read/);
  });
});
