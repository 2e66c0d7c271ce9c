import fc from "fast-check";
import { expect, it } from "vitest";
import { formatHints, MOST_HINTS, parseHints } from "./hint-file.ts";

const HINT = { x: 0.5, y: 0.25, color: "#3a6ea5" };

function file(hints: unknown, version: unknown = 1): string {
  return JSON.stringify({ version, hints });
}

it("reads what it writes", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0);
  const color = fc.integer({ min: 0, max: 0xffffff }).map((v) => `#${v.toString(16).padStart(6, "0")}`);
  const hints = fc.array(fc.record({ x: share, y: share, color }), { maxLength: 20 });
  fc.assert(
    fc.property(hints, (list) => {
      expect(parseHints(formatHints(list))).toEqual(list);
    }),
  );
  expect(formatHints([HINT])).toBe(
    '{\n  "version": 1,\n  "hints": [\n    {"x":0.5,"y":0.25,"color":"#3a6ea5"}\n  ]\n}\n',
  );
});

it("says which field is wrong and what belongs there", () => {
  const cases: [string, RegExp][] = [
    ["", /not JSON/],
    ["[]", /the file holds a list. It must look like \{ "version": 1/],
    [file([], 2), /version 2 is newer than this program, which reads version 1. Update/],
    [file([], "1"), /version is "1". Write "version": 1/],
    ["{}", /version is missing/],
    ['{"version":1}', /hints is missing/],
    [file({}), /hints is an object. It must be a list/],
    [file([HINT, 3]), /hints\[1\] is 3/],
    [
      file([{ ...HINT, x: 1.01 }]),
      /hints\[0\].x is 1.01. It must be from 0 to 1: a share of the photo's width/,
    ],
    [file([{ ...HINT, y: "0" }]), /hints\[0\].y is "0".*from the top/],
    [file([{ ...HINT, x: null }]), /hints\[0\].x is null/],
    [file([{ ...HINT, color: "red" }]), /hints\[0\].color is "red". It must be "#rrggbb"/],
    [file([{ ...HINT, color: "#fff" }]), /hints\[0\].color is "#fff"/],
    [file([{ ...HINT, colour: "#ffffff" }]), /there is a field hints\[0\].colour. Only x, y, color/],
    ['{"version":1,"hints":[],"photo":"a.jpg"}', /there is a field photo. Only version, hints/],
    [file(Array(MOST_HINTS + 1).fill(HINT)), /hints holds 1001. At most 1000/],
  ];
  for (const [text, message] of cases) expect(() => parseHints(text), text).toThrow(message);
});

it("accepts a byte order mark and capital letters", () => {
  expect(parseHints(`\uFEFF${file([{ ...HINT, color: "#ABCDEF" }])}`)).toEqual([
    { ...HINT, color: "#ABCDEF" },
  ]);
});
