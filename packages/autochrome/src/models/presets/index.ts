import { base } from "./base.ts";
import { small } from "./small.ts";
import { tiny } from "./tiny.ts";
import type { NetworkPreset } from "./types.ts";

export type { NetworkPreset };

/** Networks by name. */
export const NETWORK_PRESETS = { tiny, small, base } as const satisfies Record<string, NetworkPreset>;

export type NetworkPresetName = keyof typeof NETWORK_PRESETS;
