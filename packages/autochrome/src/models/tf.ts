/**
 * The one door to TensorFlow.js: operations as `tf.add(x, y)` (the Node bundle has no chained methods) and
 * Keras layers as `keras`.
 *
 * @module
 */
export * as tf from "@tensorflow/tfjs-core";
export * as keras from "@tensorflow/tfjs-layers";
