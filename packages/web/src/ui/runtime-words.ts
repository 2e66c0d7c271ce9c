import type { EngineState } from "./state/index.ts";

/** What computes the colours, in words; null until that is known. */
export function runtimeWords(engine: EngineState): { network: string; runtime: string } | null {
  if (engine.phase !== "ready") return null;
  const { network, runtime } = engine.readiness;
  const threads = `${runtime.threads} ${runtime.threads === 1 ? "thread" : "threads"}`;
  const where = runtime.kind === "webgpu" ? "graphics processor (WebGPU)" : `processor, ${threads}`;
  return {
    network: `${network.name} ${network.version}`,
    runtime: runtime.note === null ? where : `${where}; ${runtime.note}`,
  };
}
