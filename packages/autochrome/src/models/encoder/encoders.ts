/** `none`: the generator's downs are its own, and learned. */
export const ENCODERS = ["none", "mobilenet", "inception"] as const;

export type EncoderName = (typeof ENCODERS)[number];

export interface Encoder {
  /** Folder in the package. */
  source: "mobilenet_v2" | "inception_v3";
  /** Layers at 1/2, 1/4, 1/8, 1/16 and 1/32 of the input's size. */
  taps: readonly [string, string, string, string, string];
  /** What black and white are to it: with this the moving means and variances of its first layer are met by photos. */
  range: readonly [number, number];
}

export const PRETRAINED: Readonly<Record<Exclude<EncoderName, "none">, Encoder>> = {
  /** MobileNetV2 (Sandler et al. 2018); each tap is the widest map of its size. */
  mobilenet: {
    source: "mobilenet_v2",
    taps: [
      "block_1_expand_relu",
      "block_3_expand_relu",
      "block_6_expand_relu",
      "block_13_expand_relu",
      "out_relu",
    ],
    range: [0, 1],
  },
  /** InceptionV3 (Szegedy et al. 2016). */
  inception: {
    source: "inception_v3",
    taps: ["activation_3", "activation_5", "mixed2", "mixed7", "mixed10"],
    range: [0, 1],
  },
};
