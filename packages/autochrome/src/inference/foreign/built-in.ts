import { type Adapter, parseAdapter } from "./adapter.ts";
import ddcolor from "./adapters/ddcolor.json" with { type: "json" };
import deoldify from "./adapters/deoldify.json" with { type: "json" };
import deoldify255 from "./adapters/deoldify-255.json" with { type: "json" };
import eccv16 from "./adapters/eccv16.json" with { type: "json" };
import siggraph17 from "./adapters/siggraph17.json" with { type: "json" };

const DECLARATIONS: Readonly<Record<string, unknown>> = {
  eccv16,
  siggraph17,
  deoldify,
  "deoldify-255": deoldify255,
  ddcolor,
};

/** Names of the adapters that come with this package. */
export const BUILT_IN_ADAPTERS: readonly string[] = Object.keys(DECLARATIONS);

/** The adapter of that name, or null. */
export function builtInAdapter(name: string): Adapter | null {
  if (!Object.hasOwn(DECLARATIONS, name)) return null;
  return parseAdapter(DECLARATIONS[name], `the built-in adapter '${name}'`);
}
