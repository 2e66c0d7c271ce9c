/**
 * Monitors: they watch the game of the two networks for the ways in which it fails, and adapt it.
 *
 * @module
 */
export { type AdaptationState, MAX_ROLLBACKS, newAdaptationState, react, relax } from "./adapt.ts";
export { type Readings, readMonitors } from "./readings.ts";
export { RUIN, type SignName } from "./signs.ts";
export {
  allFinite,
  type MonitorAlarm,
  type MonitorName,
  type MonitorState,
  newMonitorState,
  nonFinite,
  observe,
} from "./watch.ts";
