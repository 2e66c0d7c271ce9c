import { createHash } from "node:crypto";
import { findModel, installedModels, readModelFile } from "autochrome";
import type { Plugin } from "vite";
import { NETWORKS_FILE, type NetworkEntry, type NetworkList } from "../src/engine/network-list.ts";

interface Shipped {
  entry: NetworkEntry;
  bytes: Uint8Array;
}

/** Lays the repository's networks beside the page, and the list that the page reads first. */
export function shippedNetworks(): Plugin {
  let shipped: Promise<Shipped[]> | null = null;
  const load = () => {
    // The smallest first: it is the one that a visitor waits for.
    shipped ??= Promise.all(installedModels().map(readShipped)).then((networks) =>
      networks.sort((one, other) => one.entry.bytes - other.entry.bytes),
    );
    return shipped;
  };
  return {
    name: "autochrome:shipped-networks",
    async generateBundle() {
      const networks = await load();
      for (const { entry, bytes } of networks) {
        this.emitFile({ type: "asset", fileName: entry.file, source: bytes });
      }
      this.emitFile({ type: "asset", fileName: NETWORKS_FILE, source: JSON.stringify(listOf(networks)) });
    },
    configureServer(server) {
      server.middlewares.use(async (request, response, next) => {
        const path = (request.url ?? "").replace(/^\/|\?.*$/g, "");
        if (path !== NETWORKS_FILE && !path.startsWith("networks/")) return next();
        const networks = await load();
        const body =
          path === NETWORKS_FILE
            ? JSON.stringify(listOf(networks))
            : networks.find(({ entry }) => entry.file === path)?.bytes;
        response.end(body);
      });
    },
  };
}

function listOf(networks: readonly Shipped[]): NetworkList {
  return { networks: networks.map(({ entry }) => entry) };
}

async function readShipped(name: string): Promise<Shipped> {
  const { bytes, metadata } = await readModelFile(await findModel(name));
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const { version, space, multiple, size, hints } = metadata;
  const file = `networks/${name}-${hash}.onnx`;
  const entry = { name, version, space, multiple, size, file, bytes: bytes.byteLength };
  return { bytes, entry: hints ? { ...entry, hints } : entry };
}
