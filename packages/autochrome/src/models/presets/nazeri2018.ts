import type { NetworkPreset } from "./types.ts";

/** As Nazeri et al. 2018 published them for Places365, at 256 pixels; docs/recipes.md goes through every line. */
export const nazeri2018: NetworkPreset = {
  architecture: "nazeri2018",
  width: 64, // 64 at full size, then 64, 128, 256, and four times 512 filters: 42 million parameters
  depth: 7, // 2x2 at the bottleneck of 256 px
  normalization: "batch",
  upsampling: "transposed",
  dropout: 0,
  residualBlocks: 0,
  attention: false,
  initialization: "lecun",
  discriminatorWidth: 64,
  discriminatorLayers: 3, // 70x70 patches
  discriminatorNormalization: "batch",
  spectralNormalization: false,
};
