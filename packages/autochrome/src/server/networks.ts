/**
 * The networks that a server colours with, and hands to its page.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { AutochromeError } from "../errors.ts";
import { findModel, type ModelMetadata, readAnyModelFile } from "../inference/index.ts";
import type { ModelsAnswer } from "./openapi.ts";

export interface ServedNetwork {
  name: string;
  version: string;
  path: string;
  bytes: number;
  /** Of the file, hexadecimal. */
  sha256: string;
  /** Null for a network that is not Autochrome's. */
  metadata: ModelMetadata | null;
  /** The file itself; null where the page cannot run it. */
  content: Uint8Array<ArrayBuffer> | null;
}

/**
 * Finds and reads networks.
 *
 * @param models as `--model` takes them; none: the default
 * @throws AutochromeError where one is missing, damaged, or no generator
 */
export async function readNetworks(models: readonly string[]): Promise<ServedNetwork[]> {
  const networks: ServedNetwork[] = [];
  for (const model of models.length > 0 ? models : [undefined]) {
    const { path, bytes, metadata } = await readAnyModelFile(await findModel(model));
    if (metadata !== null && metadata.role !== "generator") {
      throw new AutochromeError(
        `'${path}' is a discriminator: it judges colours and makes none. Use the generator.onnx beside it.`,
        { code: "MODEL_ROLE" },
      );
    }
    const name = metadata?.name ?? stemOf(path);
    networks.push({
      name: freeName(name, networks),
      version: metadata?.version ?? "",
      path,
      bytes: bytes.byteLength,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      metadata,
      content: metadata === null ? null : new Uint8Array(bytes),
    });
  }
  return networks;
}

function stemOf(path: string): string {
  return path.replace(/^.*[\\/]/, "").replace(/\.onnx$/i, "");
}

/** Two versions of a network have the same name. */
function freeName(name: string, networks: readonly ServedNetwork[]): string {
  const taken = new Set(networks.map((network) => network.name));
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}-${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** What `GET /v1/models` answers. */
export function describeNetworks(networks: readonly ServedNetwork[]): ModelsAnswer {
  const models = networks.map(({ name, version, bytes, sha256, metadata }, index) => ({
    name,
    version,
    default: index === 0,
    space: metadata?.space ?? null,
    size: metadata?.size ?? null,
    bytes,
    sha256,
    card: metadata?.card ?? {},
  }));
  return { models };
}

/** A network as the page's list names it. */
export interface PageNetwork {
  name: string;
  version: string;
  space: "lab" | "rgb";
  multiple: number;
  size: number;
  file: string;
  bytes: number;
  /** Whether it takes colour hints as inputs of its own. */
  hints?: boolean;
}

/** The page's `networks.json`: the networks that it can run, with the path of each one's file beside it. */
export function pageNetworks(networks: readonly ServedNetwork[]): { networks: PageNetwork[] } {
  const ours = networks.flatMap(({ name, version, bytes, sha256, metadata }) => {
    if (metadata === null) return [];
    const { space, multiple, size, hints } = metadata;
    return [
      {
        name,
        version,
        space,
        multiple,
        size,
        file: `networks/${name.replace(/[^\w.-]+/g, "-")}-${sha256.slice(0, 16)}.onnx`,
        bytes,
        ...(hints && { hints }),
      },
    ];
  });
  return { networks: ours };
}
