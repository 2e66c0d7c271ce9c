import * as keras from "@tensorflow/tfjs-layers";
import { createInitializers } from "./layers.ts";

const { layers } = keras;

/** Words `[n, 7]` below 12 through an embedding and two LSTMs, the first of which runs both ways. */
export function buildLstmClassifier(classes: number, seed: number): keras.LayersModel {
  const initializer = createInitializers(seed);
  const lstm = (units: number, returnSequences: boolean) =>
    layers.lstm({
      units,
      returnSequences,
      kernelInitializer: initializer(),
      recurrentInitializer: initializer(),
    });
  return keras.sequential({
    layers: [
      layers.embedding({
        inputDim: 12,
        outputDim: 5,
        inputLength: 7,
        embeddingsInitializer: initializer(),
      }),
      layers.bidirectional({ layer: lstm(4, true) as keras.RNN, mergeMode: "concat" }),
      lstm(6, false),
      layers.dense({ units: classes, activation: "softmax", kernelInitializer: initializer() }),
    ],
  });
}

/** Series `[n, 7, 4]` through two GRUs. */
export function buildGruClassifier(classes: number, seed: number): keras.LayersModel {
  const initializer = createInitializers(seed);
  const gru = (units: number, returnSequences: boolean, inputShape?: keras.Shape) =>
    layers.gru({
      units,
      returnSequences,
      inputShape,
      kernelInitializer: initializer(),
      recurrentInitializer: initializer(),
    });
  return keras.sequential({
    layers: [
      gru(6, true, [7, 4]),
      layers.layerNormalization(),
      gru(5, false),
      layers.dense({ units: classes, activation: "softmax", kernelInitializer: initializer() }),
    ],
  });
}
