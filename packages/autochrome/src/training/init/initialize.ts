/**
 * Weights of an earlier network for a run's networks.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { AutochromeError } from "../../errors.ts";
import type { keras } from "../../models/index.ts";
import { restoreNetworks } from "../checkpoint.ts";
import {
  type ConfigKey,
  contradiction,
  DISCRIMINATOR_KEYS,
  flagName,
  GENERATOR_KEYS,
  type TrainConfig,
} from "../config/index.ts";
import { generatorOf } from "../networks.ts";
import { differenceAt } from "./parity.ts";
import { type InitSource, readInit, type StoredNetwork } from "./source.ts";
import { placeWeights } from "./weights.ts";
import { widen } from "./widen.ts";

/** Where a run's first weights came from, as its `init.json` and the model card tell. */
export interface InitReport {
  kind: "model" | "run";
  name: string;
  /** Of a model. */
  version: string | null;
  /** Of a model, as its card says. */
  license: string | null;
  trainedOn: string | null;
  /** Steps of the earlier training; null where unknown. */
  steps: number | null;
  /** Whether the discriminator was taken too. */
  discriminator: boolean;
  /** Largest difference between a model's files and the networks made of them, relative as in `differenceAt`. */
  difference: number | null;
}

/** Both sides compute with the very same weights: only the order of sums differs. */
const TOLERANCE = 1e-3;
/**
 * Rounding to 8 bits may leave a spectrally normalized kernel that stretches nothing as far as 1, which its layer always
 * makes it do again.
 */
const ROUNDED_TOLERANCE = 0.02;
const SMALLEST_SIDE = 32;

/**
 * Fills a run's networks with the weights that `config.init` names. Networks from files are run in ONNX Runtime
 * beside the filled ones: they must compute the same.
 *
 * @throws AutochromeError when there are no such networks, they are of another architecture (naming the setting), or
 *   what was read computes something else
 */
export async function initialize(
  init: string,
  networks: { generator: keras.LayersModel; discriminator: keras.LayersModel },
  config: TrainConfig,
): Promise<InitReport> {
  const source = await readInit(init);
  requireSame(GENERATOR_KEYS, config, source.settings.generator, init);
  const takes = source.settings.discriminator !== null && config.initDiscriminator !== "none";
  if (takes) requireSame(DISCRIMINATOR_KEYS, config, source.settings.discriminator!, init);
  if (source.settings.hints && !config.hints) {
    throw otherNetwork(init, "hints", true, false);
  }
  if (config.hints && !source.settings.hints) {
    const narrow = generatorOf({ ...config, hints: false });
    try {
      const report = await fillFrom(source, { ...networks, generator: narrow }, config);
      widen(narrow, networks.generator, init);
      return report;
    } finally {
      narrow.dispose();
    }
  }
  return fillFrom(source, networks, config);
}

async function fillFrom(
  source: InitSource,
  { generator, discriminator }: { generator: keras.LayersModel; discriminator: keras.LayersModel },
  config: TrainConfig,
): Promise<InitReport> {
  const takes = source.settings.discriminator !== null && config.initDiscriminator !== "none";
  if (source.kind === "run") {
    restoreNetworks(source.checkpoint, generator, takes ? discriminator : null);
    return {
      kind: "run",
      name: basename(source.run),
      version: null,
      license: null,
      trainedOn: null,
      steps: source.checkpoint.state.step,
      discriminator: takes,
      difference: null,
    };
  }
  const differences = [await fill(generator, source.generator)];
  if (takes && source.discriminator) differences.push(await fill(discriminator, source.discriminator));
  const { name, version, card } = source.generator.file.metadata;
  const textOf = (value: unknown) => (typeof value === "string" ? value : null);
  return {
    kind: "model",
    name: name || basename(dirname(source.generator.file.path)),
    version,
    license: textOf(card.license),
    trainedOn: textOf(card.trainedOn),
    steps: typeof card.steps === "number" ? card.steps : null,
    discriminator: takes,
    difference: Math.max(...differences),
  };
}

function requireSame(
  keys: typeof GENERATOR_KEYS | typeof DISCRIMINATOR_KEYS,
  config: TrainConfig,
  settings: Parameters<typeof contradiction>[2],
  init: string,
): void {
  const key = contradiction<(typeof GENERATOR_KEYS | typeof DISCRIMINATOR_KEYS)[number]>(
    keys,
    config,
    settings,
  );
  if (key === null) return;
  throw otherNetwork(init, key, settings[key], config[key]);
}

function otherNetwork(init: string, key: ConfigKey, has: unknown, is: unknown): AutochromeError {
  return new AutochromeError(
    `${init} has ${key} ${JSON.stringify(has)}, but this run's ${key} is ${JSON.stringify(is)}: ` +
      `set ${flagName(key)} to that of ${init}, or let 'resolveWithInit' do so.`,
    { code: "OTHER_NETWORK", exitCode: 2 },
  );
}

async function fill(model: keras.LayersModel, { file, constants, names }: StoredNetwork): Promise<number> {
  placeWeights(model, constants, names, file.path);
  const { multiple, role } = file.metadata;
  const side = multiple * Math.ceil(SMALLEST_SIDE / multiple);
  const session = await InferenceSession.create(file.bytes, {
    executionProviders: ["cpu"],
    logSeverityLevel: 4,
  });
  try {
    const { largest: difference } = await differenceAt(session, model, [1, side, side + multiple]);
    const isRounded = constants.some(({ rounding }) => rounding !== null);
    if (difference <= (isRounded ? ROUNDED_TOLERANCE : TOLERANCE)) return difference;
    throw new AutochromeError(
      `the ${role} read from '${file.path}' does not compute what the file does (difference ` +
        `${difference.toPrecision(3)}): its weights could not be told apart. Start from the run that it was ` +
        `exported from, or export it again${role === "discriminator" ? ", or use initDiscriminator none" : ""}.`,
      { code: "PARITY" },
    );
  } finally {
    await session.release();
  }
}
