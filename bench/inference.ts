import type * as tf from "@tensorflow/tfjs-core";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { exportOnnx } from "tfjs-onnxruntime";
import { buildGenerator, NETWORKS, type NetworkName } from "./networks.ts";
import { createRandom } from "./workload.ts";

export interface InferenceOptions {
  network: NetworkName;
  /** Height and width of the square photo. */
  size: number;
  /** Photos in a run. */
  batch: number;
  threads: number;
  /** Seed of the weights and of the photo (default 1). */
  seed?: number;
}

/** Files are traced larger and in a batch, so that nothing in them is special to one size; `autochrome export` does so. */
const TRACED_SHAPE = [3, 160, 160, 1];

/**
 * The generator as a colorizing program runs it: exported once with open sizes, then opened by plain
 * onnxruntime-node with the options of the colorizer's sessions. The engine must be TensorFlow.js's backend.
 */
export async function createInference({ network, size, batch, threads, seed = 1 }: InferenceOptions) {
  const generator = buildGenerator(NETWORKS[network].generator, null, seed);
  const bytes = exportOnnx((x) => generator.apply(x, { training: false }) as tf.Tensor, {
    inputs: [{ name: "input", shape: TRACED_SHAPE, dims: ["batch", "height", "width", 1] }],
    outputs: [{ name: "output", dims: ["batch", "height", "width", 2] }],
  });
  generator.dispose();
  const session = await InferenceSession.create(bytes, {
    executionProviders: ["cpu"],
    enableMemPattern: false,
    logSeverityLevel: 4,
    intraOpNumThreads: threads,
  });
  const random = createRandom(seed);
  const photo = Float32Array.from({ length: batch * size * size }, () => random() * 2 - 1);
  const input = new Tensor("float32", photo, [batch, size, size, 1]);
  return {
    /** Colours the photo; nothing is left of it. */
    async step(): Promise<object> {
      await session.run({ input });
      return {};
    },
  };
}
