import { keras } from "../tf.ts";
import { SeededDropout } from "./seeded-dropout.ts";
import { SpectralConv2D } from "./spectral-conv.ts";

/**
 * Tells the layers of `model` that care, nested models included, which training step comes next: dropout draws
 * by its number, spectral normalization iterates once in it.
 */
export function setTrainingStep(model: keras.LayersModel, step: number): void {
  for (const layer of model.layers) {
    if (layer instanceof SeededDropout) layer.setStep(step);
    if (layer instanceof SpectralConv2D) layer.setStep();
    if (layer instanceof keras.LayersModel) setTrainingStep(layer, step);
  }
}
