import { checkBrowser, threadsFor } from "./browser-support.ts";
import { download, fetchJson } from "./download.ts";
import { engineError, isOutOfMemory, reasonOf } from "./errors.ts";
import { type Gpu, whyNoWebGpu } from "./gpu-choice.ts";
import { NETWORKS_FILE, type NetworkEntry, type NetworkList } from "./network-list.ts";
import { type OpenedNetwork, openOnCpu, openOnWebGpu } from "./network-session.ts";
import type { Runtime } from "./protocol.ts";
import { type Ort, type RuntimeBuild, WASM_BUILD, WEBGPU_BUILD } from "./runtime-build.ts";

export interface LoadOptions {
  network?: string;
  webgpu: boolean;
}

export interface NetworkLoaderEvents {
  onProgress(received: number, total: number): void;
  onFallback(runtime: Runtime): void;
}

export interface LoadedNetwork extends OpenedNetwork {
  entry: NetworkEntry;
  networks: readonly NetworkEntry[];
}

/** Fetches networks and the runtime, and keeps the runtime for the next network. */
export class NetworkLoader {
  readonly #page: string;
  readonly #events: NetworkLoaderEvents;
  readonly #acceptSoftwareGpu: boolean;
  #runtime: { build: RuntimeBuild; ort: Ort } | null = null;
  /** Whether the last attempt failed: the next one does not trust the browser's cache. */
  #failed = false;

  /** @param page URL of the page's folder */
  constructor(page: string, events: NetworkLoaderEvents, acceptSoftwareGpu: boolean) {
    this.#page = page;
    this.#events = events;
    this.#acceptSoftwareGpu = acceptSoftwareGpu;
  }

  /** @throws AutochromeError that says what failed and what helps; may be called again */
  async load(options: LoadOptions): Promise<LoadedNetwork> {
    checkBrowser();
    try {
      const loaded = await this.#load(options);
      this.#failed = false;
      return loaded;
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  async #load({ network, webgpu }: LoadOptions): Promise<LoadedNetwork> {
    const fresh = this.#failed;
    const list = await fetchJson("the list of networks", this.#url(NETWORKS_FILE), { fresh });
    const networks = checkList(list);
    const entry = choose(networks, network);
    const { build, note } = await this.#chooseBuild(webgpu);
    const file = { name: `the network '${entry.name}'`, url: this.#url(entry.file), bytes: entry.bytes };
    const isOpen = this.#runtime?.build === build;
    const [bytes, binary] = await download(isOpen ? [file] : [file, build.binary], {
      fresh,
      onProgress: this.#events.onProgress,
    });
    const ort = isOpen ? this.#runtime!.ort : await openRuntime(build, binary!);
    this.#runtime = { build, ort };
    const opened = await (build === WEBGPU_BUILD
      ? openOnWebGpu(ort, entry, bytes!, this.#events.onFallback)
      : openOnCpu(ort, entry, bytes!, note));
    return { ...opened, entry, networks };
  }

  async #chooseBuild(webgpu: boolean): Promise<{ build: RuntimeBuild; note: string | null }> {
    const slow = self.crossOriginIsolated
      ? null
      : "one thread only: the server does not isolate the page (Cross-Origin-Opener-Policy, Cross-Origin-Embedder-Policy)";
    if (!webgpu) return { build: WASM_BUILD, note: slow };
    const { gpu } = navigator as { gpu?: Gpu };
    const reason = await whyNoWebGpu(gpu, this.#acceptSoftwareGpu);
    if (reason === null) return { build: WEBGPU_BUILD, note: null };
    return { build: WASM_BUILD, note: slow === null ? reason : `${reason}; ${slow}` };
  }

  #url(path: string): string {
    return new URL(path, this.#page).href;
  }
}

async function openRuntime(build: RuntimeBuild, binary: Uint8Array): Promise<Ort> {
  const threads = threadsFor(self.crossOriginIsolated, navigator.hardwareConcurrency);
  try {
    return await build.open(binary, threads);
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause;
    throw engineError(
      "DOWNLOAD",
      `the runtime cannot be started (${reasonOf(cause)}). Reload the page.`,
      cause,
    );
  }
}

/** @throws AutochromeError for anything but a list of networks */
function checkList(list: unknown): readonly NetworkEntry[] {
  const networks = (list as Partial<NetworkList> | null)?.networks;
  if (Array.isArray(networks) && networks.length > 0) return networks;
  throw engineError(
    "NOT_FOUND",
    `the server's ${NETWORKS_FILE} names no network. Whoever runs it should build the page again.`,
  );
}

function choose(networks: readonly NetworkEntry[], name: string | undefined): NetworkEntry {
  const entry = name === undefined ? networks[0] : networks.find((network) => network.name === name);
  if (entry) return entry;
  throw engineError(
    "NOT_FOUND",
    `there is no network '${name}' here; there is ${networks.map((network) => `'${network.name}'`).join(", ")}.`,
  );
}
