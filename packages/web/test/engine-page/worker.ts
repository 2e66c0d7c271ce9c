/**
 * The engine's worker with what only tests may ask for. Its name is a query: `pixels=1000` limits photos; `gpu=software`
 * accepts WebGPU without a graphics card; `gpu=broken` has an adapter that gives no device.
 */
import { answer, post } from "../../src/engine/answer.ts";
import { PhotoEngine } from "../../src/engine/engine.ts";
import type { Look, PhotoId } from "../../src/engine/protocol.ts";

/** A photo as it was decoded, and its painting before it is shown or written. */
export interface TestPixels {
  width: number;
  height: number;
  /** `[height * width * 3]` */
  rgb: Uint8Array;
  /** `[height * width]`; null when opaque. */
  alpha: Uint8Array | null;
  /** `[height * width * 4]` */
  painted: Uint8ClampedArray;
}

const query = new URLSearchParams(self.name);
const gpu = (navigator as { gpu?: { requestAdapter(...args: unknown[]): Promise<GpuAdapterLike | null> } })
  .gpu;
const devices: { destroy(): void }[] = [];

interface GpuAdapterLike {
  requestDevice(...args: unknown[]): Promise<{ destroy(): void }>;
}

if (gpu) {
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (...args) => {
    const adapter = await requestAdapter(...args);
    if (adapter === null) return null;
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (...args) => {
      if (query.get("gpu") === "broken") throw new Error("no device today");
      const device = await requestDevice(...args);
      devices.push(device);
      return device;
    };
    return adapter;
  };
}

class TestEngine extends PhotoEngine {
  /** As when the graphics card's driver restarts. */
  async loseGpu(): Promise<number> {
    for (const device of devices) device.destroy();
    return devices.length;
  }

  /** Fails outside any call. */
  async crash(): Promise<void> {
    setTimeout(() => {
      throw new Error("the test's crash");
    });
    await new Promise(() => {});
  }

  async pixels(id: PhotoId, file: File, look: Look): Promise<TestPixels> {
    await this.open(id, file, 64);
    try {
      const { rgba } = await this.painted(id, look);
      const { width, height, rgb, alpha } = await this.full(id);
      return { width, height, rgb, alpha, painted: rgba };
    } finally {
      await this.close(id);
    }
  }
}

const engine = new TestEngine({
  page: new URL("../", self.location.href).href,
  maxPixels: Number(query.get("pixels") ?? 1e8),
  onProgress: (event) => post({ type: "progress", event }),
  onRuntime: (runtime) => post({ type: "runtime", runtime }),
  acceptSoftwareGpu: query.has("gpu"),
});

self.addEventListener("message", ({ data }: MessageEvent) => answer(engine, data));
