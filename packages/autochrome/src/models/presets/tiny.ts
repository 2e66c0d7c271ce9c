import type { NetworkPreset } from "./types.ts";

/** For tests, at 16 to 64 pixels: steps in milliseconds, and no colours worth looking at. */
export const tiny: NetworkPreset = {
  width: 6, // 6, 12, 24, 48 filters: about 60,000 parameters
  depth: 4, // 16 px and up
  normalization: "batch",
  upsampling: "transposed",
  dropout: 0,
  residualBlocks: 0,
  attention: false,
  discriminatorWidth: 8,
  discriminatorLayers: 2, // patches of 34 pixels: 70 would not fit the photos
  spectralNormalization: true,
};
