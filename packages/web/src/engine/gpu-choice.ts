/** As much of WebGPU's adapters as is looked at. */
export interface GpuAdapter {
  info?: { isFallbackAdapter?: boolean; vendor?: string; architecture?: string };
  isFallbackAdapter?: boolean;
}

export interface Gpu {
  requestAdapter(options?: { powerPreference?: "high-performance" }): Promise<GpuAdapter | null>;
}

/**
 * Why WebGPU is not used, in words to show, or null where it may be.
 *
 * @param gpu the browser's `navigator.gpu`
 * @param acceptSoftware for trying WebGPU where there is no graphics card
 */
export async function whyNoWebGpu(gpu: Gpu | undefined, acceptSoftware = false): Promise<string | null> {
  if (gpu === undefined) return "this browser has no WebGPU";
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (adapter === null) return "WebGPU finds no graphics card that it supports";
  if (isSoftware(adapter) && !acceptSoftware)
    return "WebGPU has no graphics card here and would compute in software, more slowly";
  return null;
}

function isSoftware({ info, isFallbackAdapter }: GpuAdapter): boolean {
  return (
    (info?.isFallbackAdapter ?? isFallbackAdapter ?? false) ||
    /swiftshader|llvmpipe|lavapipe/i.test(`${info?.vendor} ${info?.architecture}`)
  );
}
