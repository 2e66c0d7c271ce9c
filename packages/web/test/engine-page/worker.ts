/** The engine's worker with what only tests may ask for; its name is a query: `gpu=software`, `pixels=1000`. */
import { decodeFile } from "../../src/engine/decode.ts";
import { PhotoEngine } from "../../src/engine/engine.ts";
import { describeError } from "../../src/engine/errors.ts";

const query = new URLSearchParams(self.name);

class TestEngine extends PhotoEngine {
  /** The decoded photo: RGB, and alpha or null. */
  async decoded(file: File) {
    const { full } = await decodeFile(file, 16, maxPixels);
    return { width: full.width, height: full.height, rgb: full.rgb, alpha: full.alpha };
  }
}

const maxPixels = Number(query.get("pixels") ?? 1e8);
const engine = new TestEngine({
  page: new URL("../", self.location.href).href,
  maxPixels,
  onProgress: (event) => self.postMessage({ type: "progress", event }),
  onRuntime: (runtime) => self.postMessage({ type: "runtime", runtime }),
  acceptSoftwareGpu: query.get("gpu") === "software",
});

self.addEventListener("message", async ({ data: { call, method, args } }) => {
  try {
    const operation = engine[method as keyof TestEngine] as (...args: unknown[]) => Promise<unknown>;
    self.postMessage({ type: "result", call, value: await operation.apply(engine, args) });
  } catch (error) {
    self.postMessage({ type: "error", call, ...describeError(error) });
  }
});
