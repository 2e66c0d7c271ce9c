import { describe, expect, it } from "vitest";
import { parseAdapter } from "./adapter.ts";
import { BUILT_IN_ADAPTERS, builtInAdapter } from "./built-in.ts";

const MINIMAL = {
  input: { space: "L", range: [0, 100] },
  size: { rule: "stretch", width: 256, height: 256 },
  output: { space: "ab" },
};

describe("parseAdapter", () => {
  it("fills in the defaults", () => {
    expect(parseAdapter(MINIMAL, "x")).toEqual({
      input: { space: "L", range: [0, 100], mean: 0, std: 1, layout: "NCHW", resample: "area" },
      extraInputs: [],
      size: { rule: "stretch", width: 256, height: 256, multiple: 1 },
      output: { space: "ab", layout: "NCHW", scale: 1, offset: 0 },
    });
  });

  it("names every key that is wrong", () => {
    const cases: [unknown, RegExp][] = [
      [{ ...MINIMAL, input: { ...MINIMAL.input, space: "hsv" } }, /input\.space: /],
      [
        { ...MINIMAL, input: { ...MINIMAL.input, range: [1, 1] } },
        /input\.range: black and white must differ/,
      ],
      [{ ...MINIMAL, input: { space: "L" } }, /input\.range: /],
      [{ ...MINIMAL, input: { ...MINIMAL.input, layot: "NHWC" } }, /layot/],
      [{ ...MINIMAL, size: { rule: "square", width: 256 } }, /size\.rule: /],
      [{ ...MINIMAL, size: { rule: "stretch", width: 256.5, height: 0 } }, /size\.width: .*size\.height: /],
      [{ ...MINIMAL, output: { space: "ab", range: [0, 1] } }, /range/],
      [{ ...MINIMAL, output: { space: "rgb" } }, /output\.range: /],
      [{ ...MINIMAL, input: { ...MINIMAL.input, std: 0 } }, /input\.std: /],
      [
        { ...MINIMAL, input: { ...MINIMAL.input, mean: [1, 2, 3] } },
        /input\.mean holds 3 numbers.*has 1 channel/,
      ],
      [{ ...MINIMAL, meanChroma: [1] }, /meanChroma/],
      [{ weights: [] }, /input: .*size: .*output: .*weights/],
      [null, /adapter: /],
    ];
    for (const [value, message] of cases) {
      expect(() => parseAdapter(value, "the adapter 'x.json'"), JSON.stringify(value)).toThrow(message);
    }
    expect(() => parseAdapter({}, "the adapter 'x.json'")).toThrow(/^the adapter 'x.json' is no adapter \(/);
  });
});

describe("built-in adapters", () => {
  it("are all well-formed, and say whose they are", () => {
    expect(BUILT_IN_ADAPTERS).toEqual(["eccv16", "siggraph17", "deoldify", "deoldify-255", "ddcolor"]);
    for (const name of BUILT_IN_ADAPTERS) {
      const adapter = builtInAdapter(name)!;
      expect(adapter.name).toBe(name);
      expect([adapter.license, adapter.citation, adapter.source]).not.toContain(undefined);
    }
    expect(builtInAdapter("toString")).toBeNull();
  });
});
