/**
 * Training that starts from the weights of an earlier network.
 *
 * @module
 */
export { type InitReport, initialize } from "./initialize.ts";
export { type Difference, differenceAt } from "./parity.ts";
export { type InitSource, readInit, resolveWithInit } from "./source.ts";
export { nameWeights, WEIGHTS_KEY } from "./weights.ts";
