/**
 * What float16 and int8 weights cost: size, loading, speed, and the colours of photos, beside float32.
 *
 *   npm run bench:storage -- [network or run] [photos ...] [--limit 20] [--out out/storage]
 *
 * Writes the network three times and prints a table. A network that is stored in fewer bits already, such as the shipped
 * ones, is its own float32 reference: what its rounding has cost is not seen. Default: models/small on the six sample
 * photos.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { compareStorage, type StoredFile } from "../packages/autochrome/src/assess/index.ts";
import { isRun } from "../packages/autochrome/src/assess/networks.ts";
import { inputChannels } from "../packages/autochrome/src/chroma/index.ts";
import { checkParity, encodeNetwork, formatStorageLoss } from "../packages/autochrome/src/export/index.ts";
import type { ModelMetadata } from "../packages/autochrome/src/inference/index.ts";
import type { keras } from "../packages/autochrome/src/models/index.ts";
import {
  generatorOf,
  loadTrainedNetworks,
  readInit,
  resolveConfig,
  selectBackend,
} from "../packages/autochrome/src/training/index.ts";
import { placeWeights } from "../packages/autochrome/src/training/init/weights.ts";

const STORAGES = ["float32", "float16", "int8"] as const;
const SIDE = 256;
const ROUNDS = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    limit: { type: "string" },
    out: { type: "string", default: "out/storage" },
    threads: { type: "string", default: "1" },
  },
});
const [network = "models/small", ...photos] = positionals;
const threads = Number(values.threads);

await selectBackend({ backend: "onnxruntime", device: null, threads });
const { generator, metadata } = await load(network);
await mkdir(values.out, { recursive: true });
const files: StoredFile[] = [];
const rows: string[][] = [];
const sessions: { session: InferenceSession; times: number[] }[] = [];
for (const weights of STORAGES) {
  const bytes = encodeNetwork(generator, metadata, weights);
  const path = join(values.out, `${weights}.onnx`);
  await writeFile(path, bytes);
  files.push({ weights, path });
  const { difference } = await checkParity(generator, bytes, metadata, weights);
  const begun = performance.now();
  const session = await InferenceSession.create(bytes, {
    executionProviders: ["cpu"],
    logSeverityLevel: 4,
    intraOpNumThreads: threads,
  });
  sessions.push({ session, times: [] });
  rows.push([
    weights,
    String(bytes.length),
    (performance.now() - begun).toFixed(0),
    difference.toExponential(1),
  ]);
}
const channels = inputChannels(metadata.hints ?? false);
const noise = Float32Array.from({ length: SIDE * SIDE * channels }, (_, i) => Math.sin(i));
const input = new Tensor("float32", noise, [1, SIDE, SIDE, channels]);
// In turns, so that what else the machine does falls on all alike.
for (let round = 0; round < ROUNDS; round += 1) {
  for (const { session, times } of sessions) {
    const begun = performance.now();
    await session.run({ input });
    times.push(performance.now() - begun);
  }
}
console.log("| weights | bytes | loading, ms | difference on noise | run at 256 px, ms: median, fastest |");
console.log("| --- | --- | --- | --- | --- |");
for (const [i, { session, times }] of sessions.entries()) {
  await session.release();
  times.sort((a, b) => a - b);
  const speed = `${times[ROUNDS / 2].toFixed(1)}, ${times[0].toFixed(1)}`;
  console.log(`| ${[...rows[i], speed].join(" | ")} |`);
}
const losses = await compareStorage(files, {
  photos: photos.length === 0 ? "examples/photos" : photos,
  threads,
  ...(values.limit !== undefined && { limit: Number(values.limit) }),
  onPhoto: ({ index, total }) => {
    if (process.stderr.isTTY || (index + 1) % 10 === 0) console.error(`${index + 1} of ${total} photos`);
  },
});
console.log();
for (const loss of losses) {
  console.log(`${loss.weights} beside float32, ${loss.photos} photos: ${formatStorageLoss(loss)}`);
}

/** The generator of a run's best checkpoint, or what an exported network holds. */
async function load(path: string): Promise<{ generator: keras.LayersModel; metadata: ModelMetadata }> {
  if (await isRun(path)) {
    const { generator, config, multiples } = await loadTrainedNetworks(path);
    const { space, hints, preset, validationSize, cropSize } = config;
    return {
      generator,
      metadata: {
        formatVersion: hints ? 2 : 1,
        role: "generator",
        name: path,
        version: "0",
        space,
        multiple: multiples.generator,
        size: validationSize ?? 2 * cropSize,
        preset,
        ...(hints && { hints }),
        card: {},
      },
    };
  }
  const init = await readInit(path);
  if (init.kind !== "model") throw new Error("unreachable: runs were handled above");
  const { constants, names, file } = init.generator;
  const filled = generatorOf(resolveConfig({ flags: { photos: ["none"], init: path }, init: init.settings }));
  placeWeights(filled, constants, names, path);
  return { generator: filled, metadata: file.metadata };
}
