/**
 * What old photographs look like: the network's input is made so, never its target.
 *
 * @module
 */
export { type AgedLook, type Aging, ageLuma, drawAging, isAging } from "./aging.ts";
