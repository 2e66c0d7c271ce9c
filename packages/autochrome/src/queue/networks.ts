import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { AutochromeError } from "../errors.ts";
import {
  type Colorizer,
  type ColorizerOptions,
  findModel,
  installedModels,
  loadColorizer,
  readAnyModelFile,
} from "../inference/index.ts";
import type { Batch } from "./jobs.ts";

type NetworkName = Batch["model"];

/**
 * How a network is named in jobs.
 *
 * @throws AutochromeError where there is no such model, or it is damaged
 */
export async function nameNetwork(model: string | undefined): Promise<NetworkName> {
  const { path, bytes, metadata } = await readAnyModelFile(await findModel(model));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name: metadata?.name ?? path, version: metadata?.version ?? "", sha256 };
}

/** A worker's networks: the one it was started with, and installed ones that jobs ask for by name. */
export class Networks {
  readonly #options: ColorizerOptions;
  readonly #open = new Map<string, Promise<Colorizer>>();
  readonly own: NetworkName;

  private constructor(options: ColorizerOptions, own: NetworkName, colorizer: Colorizer) {
    this.#options = options;
    this.own = own;
    this.#open.set(own.sha256, Promise.resolve(colorizer));
  }

  /** @throws AutochromeError as `loadColorizer` */
  static async load(options: ColorizerOptions): Promise<Networks> {
    const own = await nameNetwork(options.model);
    return new Networks(options, own, await loadColorizer(options));
  }

  /**
   * The network that a job asks for.
   *
   * @throws AutochromeError with code MODEL_MISSING where this worker has not got it
   */
  async of(asked: NetworkName): Promise<Colorizer> {
    const open = this.#open.get(asked.sha256);
    if (open !== undefined) return open;
    const path = installedModels().includes(asked.name) ? await findModel(asked.name) : null;
    const found =
      path === null
        ? null
        : createHash("sha256")
            .update(await readFile(path))
            .digest("hex");
    if (path === null || found !== asked.sha256) {
      const same = path === null ? "" : " (the one of that name here is another)";
      throw new AutochromeError(
        `the photos ask for the network '${asked.name}' ${asked.version} (sha256 ${asked.sha256.slice(0, 12)}…), which this worker has not got${same}. Start it with that network as --model.`,
        { code: "MODEL_MISSING" },
      );
    }
    const { threads, device } = this.#options;
    const loading = loadColorizer({ model: path, threads, device });
    this.#open.set(asked.sha256, loading);
    return loading;
  }

  async dispose(): Promise<void> {
    for (const colorizer of this.#open.values()) await (await colorizer).dispose();
  }
}
