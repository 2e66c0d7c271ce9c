import * as tf from "@tensorflow/tfjs-core";
export async function registerOnnxRuntime(_: object) { await tf.setBackend("cpu"); }
export function getOnnxRuntimeBackend() { return { stats: () => ({compiles:0,runs:0,cacheHits:0,fallbacks:{}}) }; }
