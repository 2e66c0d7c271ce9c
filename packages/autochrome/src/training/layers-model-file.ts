/**
 * Keras models in files, as TensorFlow.js saves them: `model.json` with the layers, and binary weights beside it.
 *
 * TensorFlow.js itself reads and writes files in browsers and with tfjs-node only.
 *
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AutochromeError } from "../errors.ts";
import { makeFolder, readError, writeError, writeFileAtomic } from "../image/index.ts";
import { keras, tf } from "../models/index.ts";

const MODEL = "model.json";
const WEIGHTS = "weights.bin";

/** What `model.json` holds, as far as it is used here. */
interface LayersModelJson {
  format?: string;
  modelTopology?: object;
  weightsManifest?: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];
}

/**
 * Reads a Keras model. One that was saved without weights starts with those of its initializers.
 *
 * @param path a `model.json`, or the folder that holds it
 * @throws AutochromeError (exit code 2) when there is none, it is no Keras model, weights are missing, or it has layers
 *   that are not registered with TensorFlow.js
 */
export async function readLayersModel(path: string): Promise<keras.LayersModel> {
  const found = await stat(path).catch(() => null);
  if (found === null)
    throw badModel(`there is no model '${path}': name a model.json or the folder that holds it.`);
  const file = found.isDirectory() ? join(path, MODEL) : path;
  const json = await readJson(file);
  if (json.modelTopology === undefined) {
    const what = json.format === "graph-model" ? "a graph model, which cannot be trained" : "no Keras model";
    throw badModel(`'${file}' is ${what}: save a tf.LayersModel, as with its save() or the Keras converter.`);
  }
  const manifest = json.weightsManifest ?? [];
  const weightSpecs = manifest.flatMap(({ weights }) => weights);
  const parts = await Promise.all(manifest.flatMap(({ paths }) => paths).map((name) => readPart(file, name)));
  const weights =
    weightSpecs.length === 0 ? {} : { weightSpecs, weightData: tf.io.concatenateArrayBuffers(parts) };
  try {
    return await keras.loadLayersModel(tf.io.fromMemory({ modelTopology: json.modelTopology, ...weights }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw badModel(
      `the model '${file}' cannot be built: ${reason} Layers of your own have to be registered ` +
        "(tf.serialization.registerClass) before; from the command line only Keras's and Autochrome's are known.",
      cause,
    );
  }
}

/**
 * Writes a Keras model into a folder: `model.json` and `weights.bin`.
 *
 * @throws AutochromeError when the folder cannot be written
 */
export async function writeLayersModel(model: keras.LayersModel, folder: string): Promise<void> {
  await makeFolder(folder).catch((error: unknown) => {
    throw writeError(folder, error);
  });
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    const { modelTopology, weightSpecs = [], weightData } = artifacts;
    const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
    await writeFileAtomic(join(folder, WEIGHTS), bytes);
    const json: LayersModelJson = {
      format: "layers-model",
      modelTopology: modelTopology as object,
      weightsManifest: [{ paths: [WEIGHTS], weights: weightSpecs }],
    };
    await writeFileAtomic(join(folder, MODEL), JSON.stringify(json));
    return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
  });
  await model.save(handler);
}

/** Writes the layers of a model alone, to a file that `readLayersModel` takes. */
export async function writeTopology(model: keras.LayersModel, file: string): Promise<void> {
  await makeFolder(dirname(file)).catch((error: unknown) => {
    throw writeError(file, error);
  });
  const json: LayersModelJson = {
    format: "layers-model",
    modelTopology: model.toJSON(undefined, false) as unknown as object,
  };
  await writeFileAtomic(file, `${JSON.stringify(json, null, 2)}\n`);
}

async function readJson(file: string): Promise<LayersModelJson> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw badModel(readError(file, cause).message, cause);
  }
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null) return json as LayersModelJson;
  } catch {
    // The same complaint.
  }
  throw badModel(`'${file}' is no JSON: name a model.json as TensorFlow.js saves it.`);
}

async function readPart(file: string, name: string): Promise<ArrayBuffer> {
  const path = join(dirname(file), name);
  try {
    const bytes = await readFile(path);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  } catch (cause) {
    throw badModel(`the weights of '${file}' are missing: ${readError(path, cause).message}`, cause);
  }
}

function badModel(message: string, cause?: unknown): AutochromeError {
  return new AutochromeError(message, { code: "BAD_NETWORK", exitCode: 2, cause });
}
