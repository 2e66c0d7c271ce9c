import { fast } from "./fast.ts";
import type { NetworkPreset } from "./types.ts";

/** Meaning from InceptionV3: the best colour that we know how to train on two cores, 23 MB with 8-bit weights. */
export const best: NetworkPreset = { ...fast, encoder: "inception" };
