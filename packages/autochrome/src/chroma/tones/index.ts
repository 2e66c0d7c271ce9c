/**
 * The tones of old prints: what yellowed paper and faded silver took from a photo, found and given back.
 *
 * @module
 */
export { measureTones, type ToneMeasure } from "./measure.ts";
export {
  evaluateTone,
  isTinted,
  planTones,
  restoreTones,
  TONES,
  type ToneCurve,
  type Tones,
} from "./restore.ts";
