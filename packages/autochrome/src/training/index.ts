/**
 * Training: settings in, a run folder and two networks out.
 *
 * @module
 * @example
 * const config = resolveConfig({ flags: { photos: ["photos/"], minutes: 30 } });
 * const { generator } = await train(config, { onStep: ({ step, losses }) => console.log(step, losses.l1) });
 */
export {
  buildDiscriminator,
  buildGenerator,
  GroupNormalization,
  InstanceNormalization,
  SeededDropout,
  SelfAttention,
  SpectralConv2D,
} from "../models/index.ts";
export { Adam, type AdamOptions } from "./adam.ts";
export { selectBackend } from "./backend.ts";
export type { CheckpointName, RunState } from "./checkpoint.ts";
export * from "./config/index.ts";
export { WeightAverage } from "./ema.ts";
export type {
  StartEvent,
  StepEvent,
  TrainEvents,
  TrainOptions,
  TrainResult,
  ValidationEvent,
} from "./events.ts";
export { FolderLock } from "./folder-lock.ts";
export {
  type Difference,
  differenceAt,
  type InitReport,
  nameWeights,
  readInit,
  resolveWithInit,
  WEIGHTS_KEY,
} from "./init/index.ts";
export { readLayersModel, writeLayersModel } from "./layers-model-file.ts";
export { train } from "./loop.ts";
export {
  type AdversarialLoss,
  type AdversarialLossName,
  adversarialLoss,
  chromaWeightedL1,
  l1Loss,
} from "./losses.ts";
export type { MonitorAlarm, MonitorName, MonitorState } from "./monitors/index.ts";
export { discriminatorOf, generatorOf, loadTrainedNetworks, type TrainedNetworks } from "./networks.ts";
export {
  latestRunFolder,
  nextRunFolder,
  type RecordLine,
  readInitReport,
  readRunConfig,
} from "./run-folder.ts";
export { readSafetensors, type StoredTensor, type TensorSource, writeSafetensors } from "./safetensors.ts";
export { type Phase, type StepInput, type StepLosses, Trainer } from "./step.ts";
export {
  drawSamples,
  paintPhotos,
  type ScorePhotos,
  scoreByChromaError,
  type ValidationPhoto,
  type ValidationScore,
} from "./validation.ts";
