import { expect, it } from "vitest";
import { rgbToLab } from "../color/index.ts";
import { markHint, markHints, spreadLuma } from "./hint-input.ts";
import { type GeneratorRun, predictChroma } from "./prediction.ts";

/** Channel `channel` of [height * width * 4], row by row. */
function channelOf(input: Float32Array, channel: number): number[] {
  return Array.from({ length: input.length / 4 }, (_, i) => input[4 * i + channel]!);
}

it("spreads lightness and leaves no hint behind", () => {
  const input = spreadLuma(Float32Array.of(-1, 0.5), new Float32Array(8).fill(7));
  expect([...input]).toEqual([-1, 0, 0, 0, 0.5, 0, 0, 0]);
});

it("marks a patch, the later one over the earlier", () => {
  const input = spreadLuma(new Float32Array(12));
  markHint(input, 4, { left: 0, top: 0, width: 3, height: 2 }, 0.5, -0.25);
  markHint(input, 4, { left: 2, top: 1, width: 2, height: 2 }, -1, 1);
  expect(channelOf(input, 1)).toEqual([0.5, 0.5, 0.5, 0, 0.5, 0.5, -1, -1, 0, 0, -1, -1]);
  expect(channelOf(input, 2)).toEqual([-0.25, -0.25, -0.25, 0, -0.25, -0.25, 1, 1, 0, 0, 1, 1]);
  expect(channelOf(input, 3)).toEqual([1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1]);
  expect(channelOf(input, 0)).toEqual(Array(12).fill(0));
});

it("marks a square around a person's hint, cut off at the picture's edges", () => {
  const input = spreadLuma(new Float32Array(6 * 4));
  // In a picture of 6 x 4 the point (0.9, 0.1) lies in column 5, row 0.
  markHints(input, 6, 4, [{ x: 0.9, y: 0.1, color: "#c03020" }], 1);
  const [, a, b] = rgbToLab(Uint8Array.of(0xc0, 0x30, 0x20));
  const square = [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, ...Array(12).fill(0)];
  expect(channelOf(input, 3)).toEqual(square);
  square.forEach((inside, i) => {
    expect(input[4 * i + 1]).toBeCloseTo((inside * a!) / 110, 6);
    expect(input[4 * i + 2]).toBeCloseTo((inside * b!) / 110, 6);
  });
});

/** Gives back what it is hinted, and remembers what it was given. */
function echo(hints: boolean): GeneratorRun & { seen: Float32Array[] } {
  const seen: Float32Array[] = [];
  return {
    seen,
    name: "echo",
    space: "lab",
    multiple: 8,
    hints,
    async run(input, height, width) {
      seen.push(input);
      const channels = hints ? 4 : 1;
      expect(input.length).toBe(height * width * channels);
      return Float32Array.from({ length: height * width * 2 }, (_, i) =>
        hints ? input[4 * (i >> 1) + 1 + (i & 1)]! : 0,
      );
    },
  };
}

const photo = {
  width: 12,
  height: 10,
  rgb: Uint8Array.from({ length: 360 }, (_, i) => (37 * Math.floor(i / 3)) % 256),
};

it("shows hints to a generator that takes them, mirrored in the padding as the photo is", async () => {
  const network = echo(true);
  const hint = { x: 0.05, y: 0.5, color: "#3a6ea5" };
  const { width, height, chroma } = await predictChroma(network, photo, 10, [hint]);
  expect([width, height]).toEqual([12, 10]);
  const [, , b] = rgbToLab(Uint8Array.of(0x3a, 0x6e, 0xa5));
  // Column 0, row 5, and two pixels around.
  for (let y = 0; y < 10; y++) {
    for (let x = 0; x < 12; x++) {
      expect(chroma[2 * (y * 12 + x) + 1]).toBeCloseTo(x <= 2 && y >= 3 && y <= 7 ? b! : 0, 4);
    }
  }
  // 16 x 16, the photo from column 2 and row 3 on: columns 0 and 1 mirror the photo's columns 2 and 1.
  const mask = channelOf(network.seen[0]!, 3);
  expect(mask.slice(8 * 16, 8 * 16 + 6)).toEqual([1, 1, 1, 1, 1, 0]);
  // Rows 3 to 7 of the photo, row 3 again above it and rows 7 and 6 below.
  expect(mask.reduce((sum, value) => sum + value, 0)).toBe(5 * (5 + 3));
});

it("feeds zeros where there are no hints, and passes them over where the generator takes none", async () => {
  const network = echo(true);
  await predictChroma(network, photo, 10);
  for (const channel of [1, 2, 3])
    expect(channelOf(network.seen[0]!, channel).every((v) => v === 0)).toBe(true);
  const plain = echo(false);
  await predictChroma(plain, photo, 10, [{ x: 0.5, y: 0.5, color: "#ff0000" }]);
  expect([...plain.seen[0]!]).toEqual(channelOf(network.seen[0]!, 0));
  await expect(predictChroma(network, photo, 10, [{ x: 2, y: 0, color: "#ff0000" }])).rejects.toThrow(
    /hints\[0\]\.x is 2/,
  );
});
