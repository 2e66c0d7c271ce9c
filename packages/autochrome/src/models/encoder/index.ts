/**
 * Generators whose downs are a pretrained classifier's: scene understanding is what a few hundred photos cannot teach.
 *
 * @module
 */
export { buildEncodedGenerator, type EncodedGeneratorConfig } from "./encoded-generator.ts";
export { ENCODERS, type EncoderName } from "./encoders.ts";
export { halfChroma } from "./half-chroma.ts";
export { ENCODER_PREFIX } from "./trunk.ts";
