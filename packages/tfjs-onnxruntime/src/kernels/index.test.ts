import { expect, it } from "vitest";
import { LOWERED_KERNELS } from "./index.ts";

it("lowers each kernel in one place only", () => {
  const names = LOWERED_KERNELS.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
