import { base } from "./base.ts";
import { best } from "./best.ts";
import { fast } from "./fast.ts";
import { nazeri2018 } from "./nazeri2018.ts";
import { pix2pix } from "./pix2pix.ts";
import { small } from "./small.ts";
import { tiny } from "./tiny.ts";
import type { NetworkPreset } from "./types.ts";

export type { NetworkPreset };

/** Networks by name. */
export const NETWORK_PRESETS = {
  tiny,
  small,
  fast,
  best,
  base,
  pix2pix,
  nazeri2018,
} as const satisfies Record<string, NetworkPreset>;

export type NetworkPresetName = keyof typeof NETWORK_PRESETS;
