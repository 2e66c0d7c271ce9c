/**
 * Other people's colorizing networks, run in this pipeline by means of declared adapters.
 *
 * @module
 */
export { type Adapter, type AdapterDeclaration, parseAdapter } from "./adapter.ts";
export { BUILT_IN_ADAPTERS, builtInAdapter } from "./built-in.ts";
export { describeForeign, type ForeignDescription, openForeign } from "./open.ts";
