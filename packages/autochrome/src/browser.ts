/**
 * What a page needs to colour photos as the command line does, around its own runtime for the network. Runs in
 * browsers and in workers; imports nothing of Node's.
 *
 * @module
 */
export * from "./chroma/index.ts";
export * from "./color/index.ts";
export { AutochromeError } from "./errors.ts";
export * from "./image/metadata/index.ts";
