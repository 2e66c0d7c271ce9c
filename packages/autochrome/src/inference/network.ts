import { InferenceSession, Tensor } from "onnxruntime-node";
import { type Hint, inputChannels, type Pixels, type Prediction, predictChroma } from "../chroma/index.ts";
import { type Device, resolveDevice } from "../devices.ts";
import { AutochromeError } from "../errors.ts";
import { corruptModel, type ModelFile } from "./model-file.ts";

/*
 * From 1.29 on, ONNX Runtime's own builds report to Microsoft what models they load, unless this is set before the
 * first session. Here nothing leaves the machine. What the user set, an empty value included, stays.
 */
process.env.ORT_DISABLE_TELEMETRY ??= "1";

/** A generator in ONNX Runtime. */
export interface Network {
  /**
   * Predicts chroma.
   *
   * @param photo of which only L* is looked at
   * @param size length in pixels of the short side that the network sees
   * @param hints shown to a network that takes them, passed over by others
   */
  predict(photo: Pixels, size: number, hints?: readonly Hint[]): Promise<Prediction>;
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
  const { space, multiple, hints: takesHints = false } = metadata;
  const run = (input: Float32Array, height: number, width: number) =>
    runSession(session, file, input, height, width);
  return {
    predict: (photo, size, hints) =>
      predictChroma({ name: path, space, multiple, hints: takesHints, run }, photo, size, hints),
    dispose: () => session.release(),
  };
}

async function runSession(
  session: InferenceSession,
  { metadata, path }: ModelFile,
  input: Float32Array,
  height: number,
  width: number,
): Promise<Float32Array> {
  const channels = metadata.space === "lab" ? 2 : 3;
  let output: Tensor;
  try {
    const shape = [1, height, width, inputChannels(metadata.hints ?? false)];
    const results = await session.run({ input: new Tensor("float32", input, shape) }, ["output"]);
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
  return values;
}
