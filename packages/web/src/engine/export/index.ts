/**
 * A coloured photo as a file: encoded, with the metadata of its original, marked and named.
 *
 * @module
 */
export { exportPhoto } from "./export-photo.ts";
