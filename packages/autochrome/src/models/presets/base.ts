import type { NetworkPreset } from "./types.ts";

/** The size of pix2pix, for a GPU at 256 pixels. */
export const base: NetworkPreset = {
  width: 64, // 64, 128, 256, then 512 filters: 54 million parameters
  depth: 8, // 1x1 at the bottleneck of 256 px
  normalization: "batch",
  upsampling: "transposed",
  dropout: 0.5, // in the three innermost ups, as in pix2pix
  residualBlocks: 0,
  attention: false,
  discriminatorWidth: 64,
  discriminatorLayers: 3, // 70x70 patches
  spectralNormalization: true,
};
