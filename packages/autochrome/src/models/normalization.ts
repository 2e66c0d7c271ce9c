/**
 * Normalizations by name.
 *
 * @module
 */
import type { Initializer } from "./initialization.ts";
import { GroupNormalization, InstanceNormalization } from "./layers/index.ts";
import { keras } from "./tf.ts";

export type Normalization = "batch" | "instance" | "group" | "none";

export function normalization(
  name: string,
  kind: Exclude<Normalization, "none">,
  channels: number,
  gammaInitializer: Initializer,
): keras.layers.Layer {
  switch (kind) {
    case "batch":
      // Runs are short beside ImageNet's: Keras's momentum of 0.99 would remember the first, random features.
      return keras.layers.batchNormalization({ name, momentum: 0.9, epsilon: 1e-5, gammaInitializer });
    case "instance":
      return new InstanceNormalization({ name, gammaInitializer });
    case "group":
      return new GroupNormalization({ name, groups: groupCount(channels), gammaInitializer });
  }
}

/** At most 32 groups (Wu and He 2018) of at least 4 channels. */
function groupCount(channels: number): number {
  for (let groups = Math.min(32, Math.floor(channels / 4)); groups > 1; groups--) {
    if (channels % groups === 0) return groups;
  }
  return 1;
}
