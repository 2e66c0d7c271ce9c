import { existsSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { Device } from "../devices.ts";
import { AutochromeError } from "../errors.ts";
import {
  type AdapterDeclaration,
  type Colorizer,
  findModel,
  L1_FILE_NAME,
  loadColorizer,
  MODEL_FILE_NAME,
} from "../inference/index.ts";
import { type OnnxDiscriminator, openDiscriminator } from "./onnx-discriminator.ts";

export interface NetworkOptions {
  model?: string | undefined;
  adapter?: string | AdapterDeclaration | undefined;
  discriminator?: string | undefined;
  size?: number | undefined;
  threads?: number | undefined;
  device?: Device | undefined;
}

export interface Networks {
  /** What it is called beside others: a run's folder, or what the network calls itself. */
  name: string;
  colorizer: Colorizer;
  /** The generator as it was before the adversarial phase; null where none was kept. */
  l1: Colorizer | null;
  /** Null where there is none beside the generator. */
  discriminator: OnnxDiscriminator | null;
  /** The run's folder, where `model` was one. */
  run: string | null;
  dispose(): Promise<void>;
}

/**
 * Opens what is to be measured. A run is exported into a temporary folder first (only then is TensorFlow.js loaded),
 * which is gone again when this returns.
 *
 * @param options.model an `.onnx` file, a model folder, a shipped network's name, or a run's folder
 * @throws AutochromeError where a network is missing, damaged or of another colour space than its partner
 */
export async function openNetworks(options: NetworkOptions): Promise<Networks> {
  if (options.model === undefined || !(await isRun(options.model))) return open(options, null);
  const run = options.model;
  const folder = await mkdtemp(join(tmpdir(), "autochrome-evaluate-"));
  try {
    const { exportRun } = await import("../export/index.ts");
    const network = join(folder, basename(resolve(run)));
    await exportRun(run, network, { l1: true });
    return await open({ ...options, model: network }, run);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether the path is a run's folder, and not an exported model's. */
export async function isRun(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return (
    found?.isDirectory() === true &&
    !existsSync(join(path, MODEL_FILE_NAME)) &&
    existsSync(join(path, "checkpoints"))
  );
}

async function open(options: NetworkOptions, run: string | null): Promise<Networks> {
  const { adapter, size, threads, device } = options;
  const path = await findModel(options.model);
  const settings = {
    ...(size !== undefined && { size }),
    ...(threads !== undefined && { threads }),
    ...(device !== undefined && { device }),
  };
  const colorizer = await loadColorizer({
    model: path,
    ...settings,
    ...(adapter !== undefined && { adapter }),
  });
  // What lies beside other people's network was not trained with it.
  const beside = (name: string): string | null => {
    const companion = join(dirname(path), name);
    return colorizer.info.adapter === undefined && existsSync(companion) ? companion : null;
  };
  const discriminatorPath = options.discriminator ?? beside("discriminator.onnx");
  let discriminator: OnnxDiscriminator | null = null;
  let l1: Colorizer | null = null;
  const dispose = async (): Promise<void> => {
    await colorizer.dispose();
    await discriminator?.dispose();
    await l1?.dispose();
  };
  try {
    const l1Path = beside(L1_FILE_NAME);
    if (l1Path !== null) l1 = await loadColorizer({ model: l1Path, ...settings });
    if (discriminatorPath !== null) {
      discriminator = await openDiscriminator(discriminatorPath, settings);
      const spaces = [colorizer.info.space, discriminator.metadata.space];
      // Other people's network has no partner: any discriminator may be asked what it thinks of it.
      if (colorizer.info.adapter === undefined && spaces[0] !== spaces[1]) {
        throw new AutochromeError(
          `the generator works in space ${spaces[0]}, the discriminator '${discriminatorPath}' in ${spaces[1]}: ` +
            "name one of the same training with --discriminator.",
          { code: "OTHER_NETWORK" },
        );
      }
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { name: colorizer.info.name, colorizer, l1, discriminator, run, dispose };
}
