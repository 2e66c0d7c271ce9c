/**
 * Trains a generator of your own, a Keras model, and exports it:
 * `npx tsx --conditions=development examples/own-generator.ts photos/ 10` (minutes)
 *
 * It takes luma [n, h, w, 1] and gives a, b [n, h, w, 2], both in [-1, 1], for heights and widths left open. The
 * discriminator is Autochrome's; `{ discriminator }` would replace it too.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-layers";
import { exportRun, train } from "autochrome";
import { selectBackend } from "autochrome/training";

const [photos, minutes = "10"] = process.argv.slice(2);
if (photos === undefined) throw new Error("Name a folder of colour photos.");

// The model has to be made where it will be trained.
await selectBackend({ backend: "onnxruntime", device: null, threads: null });
type Map = tf.SymbolicTensor;
const conv = (x: Map, filters: number, more = {}) =>
  tf.layers.conv2d({ filters, kernelSize: 3, padding: "same", activation: "relu", ...more }).apply(x) as Map;
const luma = tf.input({ shape: [null, null, 1] });
const fine = conv(luma, 24);
let coarse = conv(fine, 48, { strides: 2 });
for (const dilationRate of [2, 4, 8]) coarse = conv(coarse, 48, { dilationRate });
const wide = tf.layers.upSampling2d({ size: [2, 2] }).apply(coarse) as Map;
const joined = tf.layers.concatenate().apply([wide, fine]) as Map;
const chroma = conv(joined, 2, { activation: "tanh" });
const generator = tf.model({ inputs: luma, outputs: chroma });

const config = { photos: [photos], minutes: Number(minutes), cropSize: 64 };
const { run, step } = await train(config, {}, { generator });
// The run keeps the layers: exporting, resuming and evaluating it need no more than its folder.
const { folder } = await exportRun(run, "models/own");
console.log(`${step} steps; network in ${folder}`);
