/**
 * Photos in tar archives (the WebDataset layout): written by `packPhotos`, read from wherever they stand.
 *
 * @module
 */
export { findShards } from "./find-shards.ts";
export { type OpenShardsOptions, openShards } from "./open-shards.ts";
export { type PackedShards, type PackOptions, packPhotos } from "./pack.ts";
export { ShardPhotos } from "./shard-photos.ts";
