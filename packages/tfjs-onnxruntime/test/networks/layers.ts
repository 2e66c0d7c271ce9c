import * as keras from "@tensorflow/tfjs-layers";

/** Puts a layer on top of another's output. */
export function apply(layer: keras.layers.Layer, x: keras.SymbolicTensor): keras.SymbolicTensor {
  return layer.apply(x) as keras.SymbolicTensor;
}

/** Numbers initializers one after another, so that equal networks start with equal weights. */
export function createInitializers(seed: number): () => ReturnType<typeof keras.initializers.glorotUniform> {
  let next = seed;
  return () => {
    next += 1;
    return keras.initializers.glorotUniform({ seed: next });
  };
}
