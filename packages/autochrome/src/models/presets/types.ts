import type { DiscriminatorConfig } from "../discriminator.ts";
import type { GeneratorConfig } from "../generator.ts";

/** What a preset says of both networks; seeds and channels come with the run. */
export interface NetworkPreset extends Omit<GeneratorConfig, "outputChannels" | "seed"> {
  discriminatorWidth: number;
  discriminatorLayers: number;
  discriminatorNormalization?: DiscriminatorConfig["normalization"];
  spectralNormalization: boolean;
}
