import type { Normalization, Upsampling } from "../generator.ts";

/** What a preset says of both networks; seeds and channels come with the run. */
export interface NetworkPreset {
  width: number;
  depth: number;
  normalization: Normalization;
  upsampling: Upsampling;
  dropout: number;
  residualBlocks: number;
  attention: boolean;
  discriminatorWidth: number;
  discriminatorLayers: number;
  spectralNormalization: boolean;
}
