import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { type Adapter, type AdapterDeclaration, adapterError, parseAdapter } from "./adapter.ts";
import { BUILT_IN_ADAPTERS, builtInAdapter } from "./built-in.ts";
import { describeTensor } from "./contract.ts";
import { guessAdapters } from "./guess.ts";

/** An adapter and where it came from, as errors name it. */
export interface FoundAdapter {
  adapter: Adapter;
  origin: string;
}

/**
 * The adapter for a foreign network: the one named, else the JSON beside the file, `x.adapter.json` or `x.json`.
 *
 * @param asked a built-in adapter's name, a JSON file (of a declaration, or of such a name alone), or the declaration
 * @returns null where none is named and none lies beside the file
 * @throws AutochromeError where the named one does not exist, or one is malformed
 */
export async function findAdapter(
  path: string,
  asked: string | AdapterDeclaration | undefined,
): Promise<FoundAdapter | null> {
  if (typeof asked === "object") {
    const origin = "the adapter";
    return { adapter: parseDeclaration(asked, origin), origin };
  }
  if (asked !== undefined) {
    const adapter = builtInAdapter(asked);
    if (adapter !== null) return { adapter, origin: `the built-in adapter '${asked}'` };
    if (existsSync(asked)) return readAdapter(asked);
    throw adapterError(
      `there is no adapter '${asked}': it is neither a file nor one of ${BUILT_IN_ADAPTERS.join(", ")}.`,
    );
  }
  const beside = adapterPlaces(path).find((place) => existsSync(place));
  return beside === undefined ? null : readAdapter(beside);
}

/** Where the adapter of a network is looked for. */
function adapterPlaces(path: string): [string, string] {
  const stem = path.slice(0, path.length - extname(path).length);
  return [`${stem}.adapter.json`, `${stem}.json`];
}

async function readAdapter(path: string): Promise<FoundAdapter> {
  const origin = `the adapter '${path}'`;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw adapterError(`${origin} cannot be read: ${cause instanceof Error ? cause.message : cause}.`, cause);
  }
  return { adapter: parseDeclaration(value, origin), origin };
}

/**
 * Puts what is declared over the built-in adapter that it extends, key by key, and checks the whole. A built-in
 * adapter's name alone, `"ddcolor"`, extends it by nothing: so can several networks be named at once.
 */
function parseDeclaration(value: unknown, origin: string): Adapter {
  const declared = typeof value === "string" ? { extends: value } : value;
  if (typeof declared !== "object" || declared === null || !("extends" in declared)) {
    return parseAdapter(value, origin);
  }
  const { extends: name, ...own } = declared;
  const base = typeof name === "string" ? builtInAdapter(name) : null;
  if (base !== null) return parseAdapter({ ...base, ...own }, origin);
  throw adapterError(
    `${origin} names ${JSON.stringify(name)}, which is none of ${BUILT_IN_ADAPTERS.join(", ")}.`,
  );
}

/** The error for a network that nobody has declared: what it looks like, and what to do. */
export function undeclaredNetwork(path: string, session: InferenceSession) {
  const { inputMetadata, outputMetadata } = session;
  const describe = (list: readonly InferenceSession.ValueMetadata[]) =>
    list.map((value) => (value.isTensor ? describeTensor(value) : `'${value.name}'`)).join(", ");
  const fitting = guessAdapters(inputMetadata, outputMetadata);
  const hint =
    fitting.length > 0
      ? `Their shapes fit ${fitting.join(", ")}: if it is one of these, name it with --adapter ${fitting[0]}.`
      : `Their shapes fit none of the built-in adapters (${BUILT_IN_ADAPTERS.join(", ")}).`;
  return adapterError(
    `'${path}' is not an Autochrome network, and no adapter says how to use it. ` +
      `It takes ${describe(inputMetadata)} and gives ${describe(outputMetadata)}. ${hint} ` +
      `Else describe it in ${basename(adapterPlaces(path)[0])} beside it: docs/foreign-networks.md.`,
  );
}
