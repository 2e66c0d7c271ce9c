import { type GeneratorRun, spreadLuma } from "autochrome/browser";
import { engineError, isOutOfMemory, reasonOf } from "./errors.ts";
import type { NetworkEntry } from "./network-list.ts";
import type { Runtime } from "./protocol.ts";
import type { Ort } from "./runtime-build.ts";

type Session = Awaited<ReturnType<Ort["InferenceSession"]["create"]>>;

/** A network, ready to run. */
export interface OpenedNetwork {
  generator: GeneratorRun;
  runtime: Runtime;
  release(): Promise<void>;
}

/** What a network gives may differ by this between WebGPU and the CPU; its values lie in [-1,1]. */
const TOLERANCE = 0.01;

/** The CPU and WebGPU are compared on a picture whose sides are this, or the network's multiple if that is more. */
const CHECK_SIDE = 64;

/**
 * Opens a network on the CPU.
 *
 * @param note why it is not the first choice
 * @throws AutochromeError for a file that is no network of ours (`NETWORK_DAMAGED`) or too little memory
 */
export async function openOnCpu(
  ort: Ort,
  entry: NetworkEntry,
  bytes: Uint8Array,
  note: string | null,
): Promise<OpenedNetwork> {
  const session = await createSession(ort, entry, bytes, "wasm");
  return {
    runtime: { kind: "wasm", threads: ort.env.wasm.numThreads ?? 1, note },
    generator: generatorOf(entry, (input, height, width) => runOn(ort, session, input, height, width)),
    release: () => session.release(),
  };
}

/**
 * Opens a network on WebGPU and compares it with the CPU on a small picture. Should it not open, be wrong, or fail in
 * use, the CPU computes from there on.
 *
 * @param ort a build that has both
 * @param onFallback told when the CPU takes over after this function has returned
 */
export async function openOnWebGpu(
  ort: Ort,
  entry: NetworkEntry,
  bytes: Uint8Array,
  onFallback: (runtime: Runtime) => void,
): Promise<OpenedNetwork> {
  const cpu = await openOnCpu(ort, entry, bytes, null);
  let gpu: Session | null = null;
  try {
    gpu = await createSession(ort, entry, bytes, "webgpu");
    await compare(ort, gpu, cpu.generator);
  } catch (error) {
    await gpu?.release().catch(() => {});
    return { ...cpu, runtime: { ...cpu.runtime, note: `WebGPU failed: ${reasonOf(error)}` } };
  }
  const run = async (input: Float32Array, height: number, width: number) => {
    if (gpu !== null) {
      try {
        return await runOn(ort, gpu, input, height, width);
      } catch (error) {
        gpu.release().catch(() => {});
        gpu = null;
        onFallback({ ...cpu.runtime, note: `WebGPU failed: ${reasonOf(error)}` });
      }
    }
    return cpu.generator.run(input, height, width);
  };
  return {
    runtime: { kind: "webgpu", threads: 1, note: null },
    generator: generatorOf(entry, run),
    release: async () => {
      await gpu?.release().catch(() => {});
      await cpu.release();
    },
  };
}

function generatorOf(
  { name, space, multiple, hints = false }: NetworkEntry,
  run: GeneratorRun["run"],
): GeneratorRun {
  return { name, space, multiple, hints, run };
}

async function createSession(
  ort: Ort,
  { name }: NetworkEntry,
  bytes: Uint8Array,
  provider: "wasm" | "webgpu",
): Promise<Session> {
  try {
    return await ort.InferenceSession.create(bytes, {
      executionProviders: [provider],
      // Photos come in all sizes: a plan made for one would be kept for nothing.
      enableMemPattern: false,
    });
  } catch (cause) {
    if (isOutOfMemory(cause) || provider === "webgpu") throw cause;
    throw engineError(
      "NETWORK_DAMAGED",
      `the network '${name}' cannot be opened: ${reasonOf(cause)}. Reload the page; if that does not help, ` +
        "whoever runs it should build it again.",
      cause,
    );
  }
}

async function runOn(ort: Ort, session: Session, input: Float32Array, height: number, width: number) {
  const shape = [1, height, width, input.length / (height * width)];
  const { output } = await session.run({ input: new ort.Tensor("float32", input, shape) });
  return output!.data as Float32Array;
}

/** @throws Error where WebGPU is wrong */
async function compare(ort: Ort, gpu: Session, cpu: GeneratorRun): Promise<void> {
  const side = Math.ceil(CHECK_SIDE / cpu.multiple) * cpu.multiple;
  const luma = Float32Array.from({ length: side * side }, (_, i) =>
    checkPicture(i % side, Math.floor(i / side), side),
  );
  const picture = cpu.hints ? spreadLuma(luma) : luma;
  const expected = await cpu.run(picture.slice(), side, side);
  const actual = await runOn(ort, gpu, picture, side, side);
  if (actual.length !== expected.length) throw new Error("its result has another size than the CPU's");
  const largest = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
  // Not "largest > TOLERANCE": a NaN is no number that compares.
  if (!(largest <= TOLERANCE)) throw new Error(`its result differs from the CPU's by ${largest}`);
}

/** Waves over a slope, in [-1,1]: something at every scale. */
function checkPicture(x: number, y: number, side: number): number {
  return 0.5 * Math.sin(x * 0.9) * Math.cos(y * 0.37) + (x + y) / (2 * side) - 0.5;
}
