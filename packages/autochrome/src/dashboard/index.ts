/**
 * A live page of training runs: a small read-only server (see `app.ts` for its routes) and the page it serves.
 *
 * @module
 * @example
 * const dashboard = await startDashboard({ folder: "runs" });
 * console.log(dashboard.url);
 */

export { type Dashboard, type DashboardOptions, DEFAULT_PORT, startDashboard } from "./server.ts";
