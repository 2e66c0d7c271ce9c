import { createHash } from "node:crypto";
import { basename, extname } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { AutochromeError } from "../../errors.ts";
import type { ModelMetadata } from "../model-file.ts";
import { type Network, openSession, type SessionSettings } from "../network.ts";
import type { Adapter, AdapterDeclaration } from "./adapter.ts";
import { fitAdapter } from "./contract.ts";
import { type FoundAdapter, findAdapter, undeclaredNetwork } from "./find-adapter.ts";
import { type ForeignNetwork, foreignNetwork } from "./foreign-network.ts";
import { guessAdapters } from "./guess.ts";

/** A tensor that a network takes or gives; open dimensions are null. */
export interface TensorDescription {
  name: string;
  type: string;
  shape: (number | null)[];
}

/** What a foreign network is, as far as its file and its adapter tell. */
export interface ForeignDescription {
  inputs: TensorDescription[];
  outputs: TensorDescription[];
  adapter: Adapter | null;
  /** Where the adapter came from, in words; null without one. */
  origin: string | null;
  /** Built-in adapters that agree with the shapes. */
  fitting: string[];
  /** As {@link openForeign} gives it; null without an adapter. */
  metadata: ModelMetadata | null;
}

export interface OpenedForeign {
  network: Network;
  metadata: ModelMetadata;
  adapter: Adapter;
}

/** How many digits of the file's SHA-256 serve as version: other people's files name none. */
const VERSION_LENGTH = 8;

/**
 * Opens a network that is not ours.
 *
 * @param file its path, and its content (for its hash; ONNX Runtime opens the path, since weights may lie beside it)
 * @param asked a built-in adapter's name, a JSON file, or the declaration; absent: the JSON beside the file
 * @throws AutochromeError where there is no adapter, it is malformed, or it contradicts the file
 */
export async function openForeign(
  file: { path: string; bytes: Uint8Array },
  asked: string | AdapterDeclaration | undefined,
  settings: SessionSettings = {},
): Promise<OpenedForeign> {
  const found = await findAdapter(file.path, asked);
  const session = await openFile(file.path, settings);
  try {
    if (found === null) throw undeclaredNetwork(file.path, session);
    const { adapter, origin } = found;
    const network = foreignNetwork(session, fitAdapter(session, file.path, adapter, origin));
    return { network, adapter, metadata: foreignMetadata(file, adapter, network) };
  } catch (error) {
    await session.release();
    throw error;
  }
}

/**
 * What `info` shows of a network that is not ours; without an adapter too.
 *
 * @throws AutochromeError as {@link openForeign}, but not where there is no adapter
 */
export async function describeForeign(
  file: { path: string; bytes: Uint8Array },
  asked?: string | AdapterDeclaration,
): Promise<ForeignDescription> {
  const found = await findAdapter(file.path, asked);
  const session = await openFile(file.path);
  try {
    const { inputMetadata, outputMetadata } = session;
    return {
      inputs: inputMetadata.map(describe),
      outputs: outputMetadata.map(describe),
      adapter: found?.adapter ?? null,
      origin: found?.origin ?? null,
      fitting: guessAdapters(inputMetadata, outputMetadata),
      metadata: found === null ? null : describeFound(file, session, found),
    };
  } finally {
    await session.release();
  }
}

function describeFound(
  file: { path: string; bytes: Uint8Array },
  session: InferenceSession,
  { adapter, origin }: FoundAdapter,
): ModelMetadata {
  const network = foreignNetwork(session, fitAdapter(session, file.path, adapter, origin));
  return foreignMetadata(file, adapter, network);
}

/** Opens the file by its path. Where ONNX Runtime cannot, its reason is worth more than the guess of damage. */
async function openFile(path: string, settings: SessionSettings = {}): Promise<InferenceSession> {
  try {
    return await openSession({ path }, settings);
  } catch (error) {
    const { cause } = error as Error;
    if (!(error instanceof AutochromeError) || error.code !== "MODEL_CORRUPT" || !(cause instanceof Error))
      throw error;
    throw new AutochromeError(
      `ONNX Runtime cannot open '${path}' (${cause.message.split("\n")[0]}). Fetch or export it again, weights beside it included.`,
      { code: "MODEL_CORRUPT", cause },
    );
  }
}

function describe(value: InferenceSession.ValueMetadata): TensorDescription {
  if (!value.isTensor) return { name: value.name, type: "no tensor", shape: [] };
  const shape = value.shape.map((dim) => (typeof dim === "number" && dim > 0 ? dim : null));
  return { name: value.name, type: value.type, shape };
}

/** The form in which our own networks describe themselves. */
function foreignMetadata(
  { path, bytes }: { path: string; bytes: Uint8Array },
  { name, license, citation, source, meanChroma, output }: Adapter,
  { size, multiple }: ForeignNetwork,
): ModelMetadata {
  const version = createHash("sha256").update(bytes).digest("hex").slice(0, VERSION_LENGTH);
  const known = { license, citation, source, meanChroma };
  return {
    formatVersion: 1,
    role: "generator",
    name: basename(path, extname(path)),
    version,
    space: output.space === "rgb" || output.space === "bgr" ? "rgb" : "lab",
    multiple,
    size,
    preset: `foreign (${name ?? "own adapter"})`,
    card: Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
  };
}
