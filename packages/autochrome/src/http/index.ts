/**
 * What the dashboard's server and the photo server share: who may ask, listening, headers, a page's files.
 *
 * @module
 */
export { isLoopback, isOwnHost } from "./hosts.ts";
export { type ListenOptions, listenOn, urlOf } from "./listen.ts";
export {
  builtFolder,
  contentTypeOf,
  FROM_SOURCES,
  type PageFile,
  type PageFiles,
  pageFiles,
} from "./page-files.ts";
export { guard, securityHeaders } from "./security.ts";
