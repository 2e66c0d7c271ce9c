import { InferenceSession } from "onnxruntime-node";
import { readOnnxMetadata, readOnnxWeights } from "tfjs-onnxruntime/onnx";
import { beforeAll, describe, expect, it } from "vitest";
// What writes the files, and weights as trained networks have them.
import { encodeNetwork } from "../../export/index.ts";
import { randomizeWeights } from "../../export/testing.ts";
import type { ModelMetadata } from "../../inference/index.ts";
import { type keras, tf } from "../../models/index.ts";
import { selectBackend } from "../backend.ts";
import { type PartialConfig, resolveConfig } from "../config/index.ts";
import { discriminatorOf, generatorOf } from "../networks.ts";
import { discriminatorSettings, generatorSettings } from "./architecture.ts";
import { differenceAt } from "./parity.ts";
import { placeWeights, WEIGHTS_KEY } from "./weights.ts";

beforeAll(() => selectBackend({ backend: "onnxruntime", device: null, threads: 1 }));

const configOf = (flags: PartialConfig) =>
  resolveConfig({ flags: { photos: ["x"], preset: "tiny", width: 4, depth: 3, cropSize: 16, ...flags } });

function metadataOf(role: ModelMetadata["role"], multiple: number): ModelMetadata {
  const common = {
    formatVersion: 1,
    name: "n",
    version: "1",
    space: "lab",
    size: 32,
    preset: "own",
    card: {},
  } as const;
  return { ...common, role, multiple };
}

async function differenceFrom(
  bytes: Uint8Array,
  model: keras.LayersModel,
  multiple: number,
): Promise<number> {
  const session = await InferenceSession.create(bytes);
  const { largest } = await differenceAt(session, model, [2, 2 * multiple, 3 * multiple]);
  await session.release();
  return largest;
}

describe("placeWeights", () => {
  it("restores a discriminator that was not trained yet, whose biases are zero and not in its file", async () => {
    const config = configOf({});
    const untrained = discriminatorOf(config);
    const bytes = encodeNetwork(untrained, metadataOf("discriminator", 1), "float32");
    const names = JSON.parse(readOnnxMetadata(bytes)[WEIGHTS_KEY]!);
    const fresh = discriminatorOf({ ...config, seed: 99 });
    placeWeights(fresh, readOnnxWeights(bytes), names, "file");
    expect(await differenceFrom(bytes, fresh, 16)).toBeLessThan(1e-5);
  });

  const architectures: PartialConfig[] = [
    {},
    { normalization: "instance", residualBlocks: 2 },
    { normalization: "group", upsampling: "nearest", width: 8 },
    { normalization: "none", residualBlocks: 1 },
    { space: "rgb", upsampling: "nearest", depth: 2 },
  ];

  it.each(architectures)("restores a generator with %o, with or without names in the file", async (flags) => {
    const config = configOf(flags);
    const multiple = 2 ** config.depth;
    const trained = generatorOf(config);
    randomizeWeights(trained, 3);
    const metadata = { ...metadataOf("generator", multiple), space: config.space };
    const bytes = encodeNetwork(trained, metadata, "float32");
    const constants = readOnnxWeights(bytes);
    const names = JSON.parse(readOnnxMetadata(bytes)[WEIGHTS_KEY]!);
    for (const known of [names, null]) {
      const fresh = generatorOf({ ...config, seed: 99 });
      placeWeights(fresh, constants, known, "file");
      const pairs = fresh.getWeights().map((weight, i) => [weight, trained.getWeights()[i]!] as const);
      for (const [weight, original] of pairs) expect(weight.dataSync()).toEqual(original.dataSync());
      expect(await differenceFrom(bytes, fresh, multiple)).toBeLessThan(1e-5);
      fresh.dispose();
    }
    const { width, depth, normalization, upsampling, residualBlocks, space } = config;
    expect(generatorSettings(metadata, constants)).toEqual({
      ...{ width, depth, normalization, upsampling, residualBlocks, space },
      architecture: "unet",
      attention: false,
      encoder: "none",
      head: "regression",
    });
    trained.dispose();
  });

  it.each([true, false])(
    "restores a discriminator, spectral normalization %s",
    async (spectralNormalization) => {
      const config = configOf({ spectralNormalization, discriminatorWidth: 6 });
      const trained = discriminatorOf(config);
      // A few power iterations, as training makes: an estimate, not the limit.
      for (const weight of trained.weights.filter(({ originalName }) => originalName.endsWith("/bias"))) {
        tf.tidy(() =>
          (weight.read() as tf.Variable).assign(tf.randomUniform(weight.shape as number[], -1, 1)),
        );
      }
      for (let i = 0; i < 3; i++)
        tf.tidy(() => void trained.apply(tf.ones([1, 16, 16, 3]), { training: true }));
      const metadata = metadataOf("discriminator", 4);
      for (const type of ["float32", "float16", "int8"] as const) {
        const bytes = encodeNetwork(trained, metadata, type);
        const fresh = discriminatorOf({ ...config, seed: 99 });
        placeWeights(fresh, readOnnxWeights(bytes), null, "file");
        expect(await differenceFrom(bytes, fresh, 4)).toBeLessThan(1e-5);
        const settings = discriminatorSettings({ ...metadata, preset: "tiny" }, readOnnxWeights(bytes));
        expect(settings).toEqual({
          discriminatorWidth: 6,
          discriminatorLayers: 2,
          discriminatorNormalization: "none",
          spectralNormalization: true,
        });
        fresh.dispose();
      }
      trained.dispose();
    },
  );

  it.each(architectures)("takes 8-bit weights as they are stored, with %o", async (flags) => {
    const config = configOf({ ...flags, width: 16 });
    const multiple = 2 ** config.depth;
    const trained = generatorOf(config);
    randomizeWeights(trained, 3);
    const metadata = { ...metadataOf("generator", multiple), space: config.space };
    const bytes = encodeNetwork(trained, metadata, "int8");
    const constants = readOnnxWeights(bytes);
    const names = JSON.parse(readOnnxMetadata(bytes)[WEIGHTS_KEY]!);
    for (const known of [names, null]) {
      const fresh = generatorOf({ ...config, seed: 99 });
      placeWeights(fresh, constants, known, "file");
      expect(await differenceFrom(bytes, fresh, multiple)).toBeLessThan(3e-5);
      // Exported in 8 bits again it is the same file.
      if (known === names)
        expect(Buffer.from(encodeNetwork(fresh, metadata, "int8"))).toEqual(Buffer.from(bytes));
      fresh.dispose();
    }
    expect(generatorSettings(metadata, constants)).toMatchObject({
      width: 16,
      depth: config.depth,
      normalization: config.normalization,
      upsampling: config.upsampling,
    });
    trained.dispose();
  });

  it("refuses a network of another architecture, naming the weight", () => {
    const bytes = encodeNetwork(generatorOf(configOf({})), metadataOf("generator", 8), "float32");
    const constants = readOnnxWeights(bytes);
    expect(() => placeWeights(generatorOf(configOf({ width: 6 })), constants, null, "other.onnx")).toThrow(
      /'other.onnx' holds no weights for 'down1\/kernel' of shape \[4,4,1,6\]/,
    );
  });
});
