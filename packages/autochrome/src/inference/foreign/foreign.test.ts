import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rgbToLab } from "../../color/index.ts";
import { type ColorizerOptions, loadColorizer } from "../colorizer.ts";
import type { AdapterDeclaration } from "./adapter.ts";
import { describeForeign } from "./open.ts";
import { type ForeignModelOptions, foreignModel, splitWeights } from "./testing.ts";

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "autochrome-foreign-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(options: ForeignModelOptions): string {
  const path = join(folder, `net${files++}.onnx`);
  writeFileSync(path, foreignModel(options));
  return path;
}

/** Two gray levels, left and right half, and their L*: 38.2 and 65.9 by the CIE formulas. */
const LEVELS = [90, 160] as const;
const LUMA = LEVELS.map((level) => rgbToLab(Uint8Array.of(level, level, level))[0]!);

interface Seen {
  luma: number;
  a: number;
  b: number;
}

/** Colours a gray photo of two halves, and tells the middle of each. */
async function colourHalves(
  options: ColorizerOptions,
  width: number,
  height: number,
  places: readonly (readonly [x: number, y: number])[] = [
    [width >> 3, height >> 1],
    [width - 1 - (width >> 3), height >> 1],
  ],
): Promise<Seen[]> {
  const data = Uint8Array.from({ length: width * height }, (_, i) => LEVELS[i % width < width / 2 ? 0 : 1]);
  const colorizer = await loadColorizer(options);
  try {
    const { rgb } = await colorizer.colorize({ data, width, height, channels: 1 }, { tones: "keep" });
    const lab = rgbToLab(rgb);
    return places.map(([x, y]) => {
      const [luma, a, b] = lab.subarray((y * width + x) * 3, (y * width + x) * 3 + 3);
      return { luma: luma!, a: a!, b: b! };
    });
  } finally {
    await colorizer.dispose();
  }
}

/** 8-bit sRGB holds a* and b* within about 0.6. */
const ROUNDING = 0.7;

function expectChroma(seen: Seen, a: number, b: number): void {
  expect(Math.abs(seen.a - a), `a* ${seen.a}, not ${a}`).toBeLessThan(ROUNDING);
  expect(Math.abs(seen.b - b), `b* ${seen.b}, not ${b}`).toBeLessThan(ROUNDING);
}

/** a*, b* of sRGB in [0,1]. */
function chromaOf(r: number, g: number, b: number): [number, number] {
  const lab = rgbToLab(Uint16Array.from([r, g, b], (share) => Math.round(share * 65535)));
  return [lab[1]!, lab[2]!];
}

/** a* = 0.4 L* - 5, b* = 20 - 0.3 L*. */
const LINEAR: ForeignModelOptions = { weights: [[0.4], [-0.3]], bias: [-5, 20] };
const SQUARE = { height: 256, width: 256 };

function expectLinear(seen: readonly Seen[]): void {
  expect(LUMA).toEqual([expect.closeTo(38.2, 0), expect.closeTo(65.9, 0)]);
  seen.forEach(({ luma }, i) => {
    expect(Math.abs(luma - LUMA[i]!)).toBeLessThan(0.5);
    expectChroma(seen[i]!, 0.4 * LUMA[i]! - 5, 20 - 0.3 * LUMA[i]!);
  });
}

const OWN = {
  input: { space: "L", range: [0, 100] },
  size: { rule: "stretch", width: 64, height: 64 },
  output: { space: "ab" },
} as const satisfies AdapterDeclaration;

describe("the contract of ECCV16", () => {
  it.each([
    [256, 256],
    [701, 303],
    [90, 400],
    [31, 17],
    [1, 1],
  ])("colours a photo of %i x %i by its L*", async (width, height) => {
    const model = write({ ...LINEAR, ...SQUARE });
    const seen = await colourHalves({ model, adapter: "eccv16" }, width, height);
    expectLinear(width === 1 ? seen.slice(0, 1) : seen);
  });

  it("takes files with open sides and batch, of half precision, or of more than one photo at once", async () => {
    const variants: Partial<ForeignModelOptions>[] = [
      { batch: "n" },
      { ...SQUARE, type: "float16" },
      { batch: "n", type: "float16" },
      { ...SQUARE, batch: 3 },
      { ...SQUARE, input: "data_l", output: "color_ab" },
    ];
    for (const variant of variants) {
      const model = write({ ...LINEAR, ...variant });
      expectLinear(await colourHalves({ model, adapter: "eccv16" }, 120, 70));
    }
  });

  it("takes the size that the file has, and another where it has none", async () => {
    const model = write({ ...LINEAR, height: 64, width: 96 });
    expectLinear(await colourHalves({ model, adapter: "eccv16" }, 120, 70));
    await expect(colourHalves({ model, adapter: "eccv16", size: 128 }, 120, 70)).rejects.toThrow(
      /takes 96 x 64 pixels only/,
    );
    expectLinear(await colourHalves({ model: write(LINEAR), adapter: "eccv16", size: 128 }, 120, 70));
  });

  it("reads weights that lie beside the file", async () => {
    const { model, weights } = splitWeights(foreignModel({ ...LINEAR, ...SQUARE }), "apart.onnx.data");
    const path = join(folder, "apart.onnx");
    writeFileSync(path, model);
    await expect(loadColorizer({ model: path, adapter: "eccv16" })).rejects.toThrow(
      /cannot open '.*apart\.onnx' \(.*apart\.onnx\.data/,
    );
    writeFileSync(join(folder, "apart.onnx.data"), weights);
    expectLinear(await colourHalves({ model: path, adapter: "eccv16" }, 40, 30));
  });
});

describe("the contract of SIGGRAPH17", () => {
  const extras = [
    { name: "input_B", channels: 2 },
    { name: "mask_B", channels: 1 },
  ];
  // Hints and mask would show in the colours.
  const hinted: ForeignModelOptions = {
    weights: [
      [0.4, 1, 0, 7],
      [-0.3, 0, 1, 9],
    ],
    bias: [-5, 20],
    input: "input_A",
    extras,
    ...SQUARE,
  };

  it("leaves hints and mask empty, or does without", async () => {
    expectLinear(await colourHalves({ model: write(hinted), adapter: "siggraph17" }, 90, 50));
    expectLinear(
      await colourHalves({ model: write({ ...LINEAR, ...SQUARE }), adapter: "siggraph17" }, 90, 50),
    );
  });

  it("fills further inputs as declared, by name", async () => {
    const adapter: AdapterDeclaration = {
      ...OWN,
      input: { ...OWN.input, tensor: "input_A" },
      extraInputs: [
        { tensor: "mask_B", channels: 1, value: 1 },
        { tensor: "input_B", channels: 2, value: -3 },
      ],
    };
    const seen = await colourHalves({ model: write(hinted), adapter }, 90, 50);
    seen.forEach((half, i) => {
      expectChroma(half, 0.4 * LUMA[i]! - 5 - 3 + 7, 20 - 0.3 * LUMA[i]! - 3 + 9);
    });
  });
});

const ONE_CHANNEL_EACH = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

describe("the contracts of DeOldify", () => {
  it("normalizes by ImageNet's mean and deviation, both ways", async () => {
    // Half a deviation more red, half a one less blue.
    const model = write({ weights: ONE_CHANNEL_EACH, bias: [0.5, 0, -0.5], height: 64, width: 64 });
    const seen = await colourHalves({ model, adapter: "deoldify" }, 130, 60);
    seen.forEach((half, i) => {
      const gray = LEVELS[i]! / 255;
      expectChroma(half, ...chromaOf(gray + 0.5 * 0.229, gray, gray - 0.5 * 0.225));
      expect(Math.abs(half.luma - LUMA[i]!)).toBeLessThan(0.5);
    });
  });

  it("takes levels from 0 to 255 where the file holds the normalization, and clips what it gives", async () => {
    const model = write({ weights: ONE_CHANNEL_EACH, bias: [25, 0, -300], height: 256, width: 256 });
    const seen = await colourHalves({ model, adapter: "deoldify-255" }, 130, 60);
    const saturated = LEVELS.map((level) => chromaOf((level + 25) / 255, level / 255, 0));
    // Strong yellow: more than sRGB shows at this L*, so that hue alone is kept.
    seen.forEach(({ a, b }, i) => {
      const [wantedA, wantedB] = saturated[i]!;
      expect(Math.atan2(b, a)).toBeCloseTo(Math.atan2(wantedB, wantedA), 1);
    });
  });
});

describe("the contract of DDColor", () => {
  it("gives the gray of the photo's L* three times, takes a*, b*", async () => {
    // a* = 30 R - 10 and b* = 20 (G - B) + 40 B - 5: 40 times gray - 5.
    const model = write({
      weights: [
        [30, 0, 0],
        [0, 20, 20],
      ],
      bias: [-10, -5],
      height: 512,
      width: 512,
    });
    const seen = await colourHalves({ model, adapter: "ddcolor" }, 300, 200);
    seen.forEach((half, i) => {
      const gray = LEVELS[i]! / 255;
      expectChroma(half, 30 * gray - 10, 40 * gray - 5);
    });
  });
});

describe("declared by hand", () => {
  it("NHWC, gray in [-1,1], Lab as 8-bit images hold it", async () => {
    // a = 128 + 10 x, b = 128 - 10 x, all over 255; L, the first, is nonsense and ignored.
    const model = write({
      layout: "NHWC",
      weights: [[9], [10 / 255], [-10 / 255]],
      bias: [5, 128 / 255, 128 / 255],
    });
    const adapter: AdapterDeclaration = {
      input: { space: "gray", range: [-1, 1], layout: "NHWC" },
      size: { rule: "short-side", length: 48, multiple: 16 },
      output: { space: "lab", layout: "NHWC", scale: 255, offset: -128 },
    };
    for (const [width, height] of [
      [100, 61],
      [61, 100],
      [20, 10],
    ] as const) {
      const seen = await colourHalves({ model, adapter }, width, height);
      seen.forEach((half, i) => {
        const x = LEVELS[i]! / 127.5 - 1;
        expectChroma(half, 10 * x, -10 * x);
      });
    }
  });

  it("BGR, and a letterbox", async () => {
    const model = write({ weights: ONE_CHANNEL_EACH, bias: [-0.1, 0, 0.1], height: 48, width: 64 });
    const adapter: AdapterDeclaration = {
      input: { space: "rgb", range: [0, 1], type: "float32" },
      size: { rule: "letterbox", width: 64, height: 48 },
      output: { space: "bgr", range: [0, 1] },
    };
    const seen = await colourHalves({ model, adapter }, 200, 50);
    seen.forEach((half, i) => {
      const gray = LEVELS[i]! / 255;
      expectChroma(half, ...chromaOf(gray + 0.1, gray, gray - 0.1));
    });
  });

  it("an output smaller than the input", async () => {
    const model = write({ ...LINEAR, height: 64, width: 64, pool: 4 });
    expectLinear(await colourHalves({ model, adapter: OWN }, 160, 90));
    expectLinear(await colourHalves({ model, adapter: OWN }, 12, 9));
  });

  it("brings every colour back to where it belongs in a stretched photo", async () => {
    // Quarters of the network's field: a* = 20 left and -20 right, b* = 15 above and -15 below.
    const field = (value: (x: number, y: number) => number) =>
      Array.from({ length: 256 }, (_, i) => value(i % 16, i >> 4));
    const model = write({
      weights: [[0], [0]],
      map: [field((x) => (x < 8 ? 20 : -20)), field((_, y) => (y < 8 ? 15 : -15))],
      height: 16,
      width: 16,
    });
    for (const [width, height] of [
      [400, 60],
      [60, 400],
      [16, 16],
      [8, 6],
    ] as const) {
      const places = [0.2, 0.8].flatMap((y) =>
        [0.2, 0.8].map((x) => [Math.floor(x * width), Math.floor(y * height)] as const),
      );
      const seen = await colourHalves({ model, adapter: OWN }, width, height, places);
      [
        [20, 15],
        [-20, 15],
        [20, -15],
        [-20, -15],
      ].forEach(([a, b], i) => {
        expectChroma(seen[i]!, a!, b!);
      });
    }
  });

  it("keeps the colours of the padding out of the photo", async () => {
    // 2 : 1 in a square of 16: rows 4 to 11 are the photo.
    const rows = Array.from({ length: 256 }, (_, i) => (i >> 4 >= 4 && i >> 4 < 12 ? 20 : 90));
    const zeros = rows.map(() => 0);
    const adapter: AdapterDeclaration = { ...OWN, size: { rule: "letterbox", width: 16, height: 16 } };
    for (const pool of [1, 2, 4]) {
      const model = write({ weights: [[0], [0]], map: [rows, zeros], height: 16, width: 16, pool });
      const places = [0, 25, 49].flatMap((y) => [[3, y] as const, [96, y] as const]);
      for (const seen of await colourHalves({ model, adapter }, 100, 50, places)) expectChroma(seen, 20, 0);
    }
  });

  it("pads as declared", async () => {
    // One output pixel: a* is 0.3 times the mean of the input's L*, half of which is padding.
    const model = write({ weights: [[0.3], [0]], height: 16, width: 16, pool: 16 });
    const mean = (LUMA[0]! + LUMA[1]!) / 2;
    for (const [pad, expected] of [
      ["reflect", mean],
      ["edge", mean],
      [0, mean / 2],
      [100, (mean + 100) / 2],
    ] as const) {
      const adapter: AdapterDeclaration = { ...OWN, size: { rule: "letterbox", width: 16, height: 16, pad } };
      for (const seen of await colourHalves({ model, adapter }, 80, 40))
        expectChroma(seen, 0.3 * expected, 0);
    }
  });
});

describe("finding the adapter", () => {
  it("takes the JSON beside the file, the more explicit name first", async () => {
    const model = write({ ...LINEAR, ...SQUARE });
    const beside = model.replace(/\.onnx$/, ".json");
    writeFileSync(beside, JSON.stringify({ ...OWN, name: "mine", meanChroma: [1, 2], license: "CC0" }));
    expectLinear(await colourHalves({ model }, 60, 40));
    const colorizer = await loadColorizer({ model });
    expect(colorizer.info).toMatchObject({
      name: expect.stringMatching(/^net\d+$/),
      version: expect.stringMatching(/^[0-9a-f]{8}$/),
      space: "lab",
      size: 256,
      card: { meanChroma: [1, 2], license: "CC0" },
      adapter: { name: "mine" },
    });
    await colorizer.dispose();
    writeFileSync(model.replace(/\.onnx$/, ".adapter.json"), "{");
    await expect(loadColorizer({ model })).rejects.toThrow(/adapter\.json' cannot be read: .*JSON/);
    // The one named goes before what lies beside.
    expectLinear(await colourHalves({ model, adapter: beside }, 60, 40));
    expectLinear(await colourHalves({ model, adapter: "eccv16" }, 60, 40));
  });

  it("puts a declaration over the built-in adapter that it extends", async () => {
    const model = write({ ...LINEAR, height: 64, width: 64 });
    expectLinear(await colourHalves({ model, adapter: { extends: "eccv16" } }, 60, 40));
    const half: AdapterDeclaration = { extends: "eccv16", output: { space: "ab", scale: 0.5 } };
    const seen = await colourHalves({ model, adapter: half }, 60, 40);
    seen.forEach((side, i) => {
      expectChroma(side, 0.2 * LUMA[i]! - 2.5, 10 - 0.15 * LUMA[i]!);
    });
    await expect(loadColorizer({ model, adapter: { extends: "eccv17" } })).rejects.toThrow(
      /the adapter names "eccv17", which is none of eccv16, /,
    );
    const wrong = { extends: "eccv16", sise: 3 } as AdapterDeclaration;
    await expect(loadColorizer({ model, adapter: wrong })).rejects.toThrow(/sise/);
  });

  it("says what an undeclared network looks like, which adapter may fit, and how to declare it", async () => {
    const cases: [ForeignModelOptions, RegExp][] = [
      [
        { ...LINEAR, ...SQUARE },
        /takes 'input' float32 \[1,1,256,256\].*shapes fit eccv16, siggraph17:.*--adapter eccv16/,
      ],
      [
        {
          weights: [
            [1, 0, 0],
            [0, 1, 0],
          ],
          ...SQUARE,
        },
        /shapes fit ddcolor:/,
      ],
      [{ weights: ONE_CHANNEL_EACH, batch: "n" }, /\[n,3,height,width\].*shapes fit deoldify, deoldify-255:/],
      [
        { ...LINEAR, layout: "NHWC" },
        /shapes fit none of the built-in adapters \(eccv16, .*\).*net\d+\.adapter\.json beside it/,
      ],
      [
        {
          weights: [
            [1, 0, 0, 0],
            [0, 0, 0, 1],
          ],
          extras: [
            { name: "h", channels: 2 },
            { name: "m", channels: 1 },
          ],
        },
        /shapes fit siggraph17:/,
      ],
    ];
    for (const [options, message] of cases) {
      await expect(loadColorizer({ model: write(options) })).rejects.toThrow(message);
    }
  });

  it("is told apart from our own, which needs none", async () => {
    const { tinyModel } = await import("../testing.ts");
    const ours = join(folder, "ours.onnx");
    writeFileSync(ours, tinyModel());
    await expect(loadColorizer({ model: ours, adapter: "eccv16" })).rejects.toThrow(/needs no adapter/);
    await expect(loadColorizer({ model: write(LINEAR), adapter: "nothing" })).rejects.toThrow(
      /there is no adapter 'nothing': .* eccv16, siggraph17/,
    );
  });
});

describe("an adapter that contradicts its file", () => {
  const model = (options: Partial<ForeignModelOptions> = {}) => write({ ...LINEAR, ...options });
  const input = (more: object) => ({ ...OWN, input: { ...OWN.input, ...more } }) as AdapterDeclaration;

  it("is refused with what is wrong", async () => {
    const extras = [{ name: "mask", channels: 1 }];
    const masked: Partial<ForeignModelOptions> = {
      weights: [
        [1, 0],
        [0, 1],
      ],
      extras,
    };
    const cases: [string, AdapterDeclaration, RegExp][] = [
      [
        model(),
        input({ tensor: "data" }),
        /no input 'data'\. Its inputs: 'input' float32 \[1,1,height,width\]/,
      ],
      [model(), { ...OWN, output: { space: "ab", tensor: "ab" } }, /no output 'ab'\. Its outputs: 'output'/],
      [
        model(),
        input({ space: "rgb" }),
        /'rgb' in layout NCHW has 3 channels on axis 1, but this is 'input' .*\. Declare another space/,
      ],
      [
        model({ layout: "NHWC" }),
        { ...OWN, size: { rule: "stretch", width: 8, height: 8 } },
        /the adapter: input: .*\[1,height,width,1\]\. Declare the layout NHWC/,
      ],
      [model({ ...SQUARE, layout: "NHWC" }), OWN, /\[1,256,256,1\]\. Declare the layout NHWC/],
      [
        model(),
        { ...OWN, output: { space: "rgb", range: [0, 1] } },
        /output: space 'rgb' .*has 3 channels .*\[1,2,height,width\]/,
      ],
      [
        model({ type: "float16" }),
        input({ type: "float32" }),
        /input\.type is float32, but 'input' takes float16/,
      ],
      [model(masked), OWN, /input 'mask' float32 .* is not declared/],
      [
        model(masked),
        { ...OWN, extraInputs: [{ tensor: "mask", channels: 2 }] },
        /declares 2 channels for 'mask'.*has 1/,
      ],
      [
        model(),
        { ...OWN, extraInputs: [{ channels: 2 }] },
        /an input of 2 channels that the network has not/,
      ],
      [
        model(SQUARE),
        { ...OWN, size: { rule: "short-side", length: 256 } },
        /takes 256 x 256 only\. Declare 'stretch'/,
      ],
    ];
    for (const [path, adapter, message] of cases) {
      await expect(loadColorizer({ model: path, adapter }), String(message)).rejects.toThrow(message);
    }
  });

  it("is found out when the network runs, where the file says nothing", async () => {
    const open = model({ openChannels: true });
    expectLinear(await colourHalves({ model: open, adapter: OWN }, 40, 30));
    const coloured: AdapterDeclaration = { ...OWN, output: { space: "rgb", range: [0, 1] } };
    await expect(colourHalves({ model: open, adapter: coloured }, 9, 9)).rejects.toThrow(
      /gave float32 \[1,2,64,64\]; its adapter's output \(space 'rgb', NCHW\) has 3 channels on axis 1/,
    );
    const diverged = model({ bias: [Number.NaN, 0] });
    await expect(colourHalves({ model: diverged, adapter: OWN }, 9, 9)).rejects.toThrow(
      /not numbers\. Check its adapter's range/,
    );
    // 1000 times L* is more than half precision holds.
    const half = model({ type: "float16", weights: [[1000], [1]] });
    await expect(colourHalves({ model: half, adapter: OWN }, 9, 9)).rejects.toThrow(
      /or use its float32 file/,
    );
  });
});

describe("describeForeign", () => {
  it("tells what a file takes and gives, with an adapter and without", async () => {
    const path = write({ ...LINEAR, batch: "n" });
    const bytes = foreignModel({ ...LINEAR, batch: "n" });
    expect(await describeForeign({ path, bytes })).toEqual({
      inputs: [{ name: "input", type: "float32", shape: [null, 1, null, null] }],
      outputs: [{ name: "output", type: "float32", shape: [null, 2, null, null] }],
      adapter: null,
      origin: null,
      fitting: ["eccv16", "siggraph17"],
      metadata: null,
    });
    const described = await describeForeign({ path, bytes }, "eccv16");
    expect(described.metadata).toMatchObject({
      size: 256,
      card: { citation: expect.stringMatching(/Zhang/) },
    });
    expect(described.origin).toBe("the built-in adapter 'eccv16'");
  });
});
