import { describe, expect, it } from "vitest";
import { choiceOption, editDistance, nearest, numberOption, parseArguments } from "./args.ts";
import type { OptionSpecs } from "./command.ts";

const SPECS: OptionSpecs = {
  out: { type: "string", short: "o" },
  saturation: { type: "string" },
  overwrite: { type: "boolean" },
  mark: { type: "boolean" },
  tag: { type: "string", multiple: true },
};
const parse = (...argv: string[]) => parseArguments(argv, SPECS, "autochrome x --help");

describe("parseArguments", () => {
  it("reads flags, short flags, inline values, lists and positionals", () => {
    expect(
      parse("a", "-o", "b", "--saturation=2", "--overwrite", "--tag", "1", "--tag=2", "-", "--", "--c"),
    ).toEqual({
      values: { out: "b", saturation: "2", overwrite: true, tag: ["1", "2"] },
      positionals: ["a", "-", "--c"],
    });
  });

  it("takes negative numbers and - as values, and --no-x as false", () => {
    expect(parse("--saturation", "-1", "-o", "-", "--no-mark").values).toEqual({
      saturation: "-1",
      out: "-",
      mark: false,
    });
  });

  it.each([
    [["--overwirte"], "unknown flag --overwirte. Did you mean --overwrite?"],
    [["--over"], "unknown flag --over. Did you mean --overwrite?"],
    [["--no-mrak"], "unknown flag --no-mrak. Did you mean --no-mark?"],
    [["--no-out"], "unknown flag --no-out."],
    [["--xyzzyplugh"], "unknown flag --xyzzyplugh. Run 'autochrome x --help' for the flags."],
    [["--constructor"], "unknown flag --constructor."],
    [["-z"], "unknown flag -z."],
    [["--out"], "--out needs a value."],
    [["--out", "--overwrite"], "--out needs a value."],
    [["--overwrite=yes"], "--overwrite takes no value."],
    [["--out", "a", "--out", "b"], "--out was given twice."],
  ])("refuses %j", (argv, message) => {
    expect(() => parse(...argv)).toThrow(message);
  });
});

describe("values", () => {
  it("checks numbers and words", () => {
    expect(numberOption({ size: "256" }, "size", { min: 1, integer: true })).toBe(256);
    expect(numberOption({}, "size")).toBeUndefined();
    expect(() => numberOption({ size: "2.5" }, "size", { min: 1, max: 9, integer: true })).toThrow(
      "--size must be a whole number from 1 to 9, not '2.5'.",
    );
    expect(() => numberOption({ size: "big" }, "size", { min: 0 })).toThrow("a number, 0 or more, not 'big'");
    expect(choiceOption({ format: "PNG" }, "format", ["png", "jpeg"])).toBe("png");
    expect(() => choiceOption({ format: "bmp" }, "format", ["png"])).toThrow("one of png, not 'bmp'");
  });
});

describe("nearest", () => {
  it("measures Levenshtein distance", () => {
    expect(editDistance("kitten", "sitting")).toBe(3);
    expect(editDistance("", "abc")).toBe(3);
    expect(nearest("colourize", ["colorize", "train"])).toBe("colorize");
    expect(nearest("dance", ["colorize", "info"])).toBeNull();
  });
});
