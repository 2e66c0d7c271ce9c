import { InferenceSession, Tensor } from "onnxruntime-node";
import { denormalizeChromaPlane, linearToSrgb, normalizeLumaPlane, rgbToLab } from "../color/index.ts";
import { type Device, resolveDevice } from "../devices.ts";
import { AutochromeError } from "../errors.ts";
import type { Photo } from "../image/index.ts";
import { corruptModel, type ModelFile } from "./model-file.ts";
import { cropPadding, padPlane, planFrame, shrinkLuma } from "./network-input.ts";

/*
 * From 1.29 on, ONNX Runtime's own builds report to Microsoft what models they load, unless this is set before the
 * first session. Here nothing leaves the machine. What the user set, an empty value included, stays.
 */
process.env.ORT_DISABLE_TELEMETRY ??= "1";

/**
 * A photo's chroma as a network predicts it, and the photo's luma at the same size. It covers the whole photo, whose
 * proportion it need not have, and is never larger.
 */
export interface Prediction {
  width: number;
  height: number;
  /** L* in [0,100], `[height * width]`. */
  luma: Float32Array;
  /** Interleaved a*, b*, `[height * width * 2]`. */
  chroma: Float32Array;
}

/** A generator in ONNX Runtime. */
export interface Network {
  /**
   * Predicts chroma.
   *
   * @param photo of which only L* is looked at
   * @param size length in pixels of the short side that the network sees
   */
  predict(photo: Pick<Photo, "rgb" | "width" | "height">, size: number): Promise<Prediction>;
  dispose(): Promise<void>;
}

/** How a network is run. */
export interface SessionSettings {
  /** Threads of one run; absent: one a physical core. */
  threads?: number | undefined;
  /** What computes; absent: the cpu. */
  device?: Device | undefined;
}

/**
 * Opens a file for photos of all sizes.
 *
 * @param file its path, opened where its content is not given
 * @throws AutochromeError for a damaged file, or a device that cannot be used or lacks an operation of the network
 */
export async function openSession(
  file: { path: string; bytes?: Uint8Array },
  { threads, device = "cpu" }: SessionSettings = {},
): Promise<InferenceSession> {
  const chosen = await resolveDevice(device);
  const options: InferenceSession.SessionOptions = {
    executionProviders: [chosen],
    // Else the cpu would compute in silence what a device lacks.
    ...(chosen === "cpu" ? {} : { extra: { session: { disable_cpu_ep_fallback: "1" } } }),
    // Photos come in all sizes: a plan made for one would be kept for nothing.
    enableMemPattern: false,
    logSeverityLevel: 4,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  };
  try {
    return await (file.bytes === undefined
      ? InferenceSession.create(file.path, options)
      : InferenceSession.create(file.bytes, options));
  } catch (cause) {
    if (chosen !== "cpu") {
      const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
      throw new AutochromeError(
        `the device '${chosen}' cannot run '${file.path}' (${reason}). Use --device cpu.`,
        { code: "NO_DEVICE", cause },
      );
    }
    throw corruptModel(file.path, cause);
  }
}

/**
 * Opens a network.
 *
 * @throws AutochromeError for a discriminator, a damaged file, or a network with other inputs or outputs
 */
export async function openNetwork(file: ModelFile, options: SessionSettings = {}): Promise<Network> {
  const { metadata, path } = file;
  if (metadata.role !== "generator") {
    throw new AutochromeError(
      `'${path}' is a discriminator: it judges colours and makes none. Use the generator.onnx beside it.`,
      { code: "MODEL_ROLE" },
    );
  }
  const session = await openSession(file, options);
  if (!session.inputNames.includes("input") || !session.outputNames.includes("output")) {
    throw new AutochromeError(
      `the model '${path}' has no 'input' and 'output'. Use one made by 'autochrome export'.`,
      { code: "MODEL_FOREIGN" },
    );
  }
  return {
    async predict({ rgb, width, height }, size) {
      const frame = planFrame(width, height, size, metadata.multiple);
      const luma = shrinkLuma(rgb, width, height, frame.width, frame.height);
      const padded = padPlane(luma, frame);
      const chroma = await predictChroma(session, file, padded, frame.paddedWidth, frame.paddedHeight);
      return { width: frame.width, height: frame.height, luma, chroma: cropPadding(chroma, frame, 2) };
    },
    dispose: () => session.release(),
  };
}

/**
 * @param luma L* in [0,100], `[height * width]`, both multiples of the network's
 * @returns interleaved a*, b*, `[height * width * 2]`
 */
async function predictChroma(
  session: InferenceSession,
  { metadata, path }: ModelFile,
  luma: Float32Array,
  width: number,
  height: number,
): Promise<Float32Array> {
  const channels = metadata.space === "lab" ? 2 : 3;
  const input = new Float32Array(luma.length);
  if (metadata.space === "lab") normalizeLumaPlane(luma, input);
  else normalizeGrayPlane(luma, input);
  let output: Tensor;
  try {
    const results = await session.run({ input: new Tensor("float32", input, [1, height, width, 1]) }, [
      "output",
    ]);
    output = results.output as Tensor;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new AutochromeError(
      `the model '${path}' failed on an input of ${width} x ${height}: ${reason}. Try a smaller --size, or export it again.`,
      { code: "MODEL_FAILED", cause },
    );
  }
  const values = output.data as Float32Array<ArrayBuffer>;
  if (output.type !== "float32" || values.length !== width * height * channels) {
    throw new AutochromeError(
      `the model '${path}' gave ${output.type} [${output.dims}], not float32 [1,${height},${width},${channels}]. Export it again.`,
      { code: "MODEL_FOREIGN" },
    );
  }
  // One NaN would spread through the box filters over a whole row and column.
  if (!values.every(Number.isFinite)) {
    throw new AutochromeError(
      `the model '${path}' gave values that are not numbers. Its training diverged: export an earlier checkpoint.`,
      { code: "MODEL_FAILED" },
    );
  }
  return metadata.space === "lab" ? denormalizeChromaPlane(values, values) : chromaOfRgb(values);
}

/** The sRGB gray of each L*, as the networks see it: level / 127.5 - 1. */
function normalizeGrayPlane(luma: Float32Array, out: Float32Array): void {
  for (let i = 0; i < luma.length; i++) out[i] = 2 * linearToSrgb(relativeLuminance(luma[i])) - 1;
}

/** Y in [0,1] of L* (CIE 15:2004). */
export function relativeLuminance(luma: number): number {
  const f = (luma + 16) / 116;
  return f > 6 / 29 ? f * f * f : (f - 4 / 29) * (108 / 841);
}

/** a*, b* of a network's R, G, B in [-1,1]. */
function chromaOfRgb(values: Float32Array): Float32Array {
  const rgb = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    rgb[i] = Math.round(Math.min(1, Math.max(0, (values[i] + 1) / 2)) * 65535);
  }
  const lab = rgbToLab(rgb);
  const chroma = new Float32Array((values.length / 3) * 2);
  for (let i = 0, k = 0; i < lab.length; i += 3, k += 2) {
    chroma[k] = lab[i + 1];
    chroma[k + 1] = lab[i + 2];
  }
  return chroma;
}
