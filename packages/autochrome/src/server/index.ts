/**
 * The photo server: an HTTP API that colours photos in worker processes, and the page.
 *
 * @module
 * @example
 * const server = await startServer({ port: 8080 });
 * console.log(server.url);
 */
export { LIMIT_NAMES, LIMITS, type LimitName, type Limits } from "./limits.ts";
export { openApiDocument } from "./openapi.ts";
export { DEFAULT_PORT, type PhotoServer, type ServerOptions, startServer } from "./server.ts";
