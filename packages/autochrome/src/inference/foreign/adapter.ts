import { z } from "zod";
import { AutochromeError } from "../../errors.ts";

/** No network sees photos with a shorter side. */
export const SHORTEST_SIDE = 8;

const finite = z.number();
const perChannel = z.union([finite, z.array(finite).min(1).max(3)]);
const deviation = z.union([finite.positive(), z.array(finite.positive()).min(1).max(3)]);
const layout = z.enum(["NCHW", "NHWC"]).default("NCHW");
const side = z.number().int().min(SHORTEST_SIDE).max(4096);
const multiple = z.number().int().min(1).max(512).default(1);
const pad = z.union([z.enum(["reflect", "edge"]), finite.min(0).max(100)]).default("reflect");
const range = z
  .tuple([finite, finite])
  .refine(([black, white]) => black !== white, "black and white must differ");

const inputSchema = z.strictObject({
  tensor: z.string().min(1).optional(),
  space: z.enum(["L", "gray", "rgb"]),
  range,
  mean: perChannel.default(0),
  std: deviation.default(1),
  layout,
  type: z.enum(["float32", "float16"]).optional(),
  resample: z.enum(["area", "bilinear"]).default("area"),
});

const extraInputSchema = z.strictObject({
  tensor: z.string().min(1).optional(),
  channels: z.number().int().min(1).max(1024),
  value: finite.default(0),
  optional: z.boolean().default(false),
});

const sizeSchema = z.discriminatedUnion("rule", [
  z.strictObject({ rule: z.literal("stretch"), width: side, height: side, multiple }),
  z.strictObject({ rule: z.literal("letterbox"), width: side, height: side, multiple, pad }),
  z.strictObject({ rule: z.literal("short-side"), length: side, multiple, pad }),
  z.strictObject({ rule: z.literal("long-side"), length: side, multiple, pad }),
]);

const chromaOutput = {
  tensor: z.string().min(1).optional(),
  layout,
  scale: finite.default(1),
  offset: finite.default(0),
};
const colourOutput = {
  tensor: z.string().min(1).optional(),
  layout,
  range,
  mean: perChannel.default(0),
  std: deviation.default(1),
};
const outputSchema = z.discriminatedUnion("space", [
  z.strictObject({ space: z.literal("ab"), ...chromaOutput }),
  z.strictObject({ space: z.literal("lab"), ...chromaOutput }),
  z.strictObject({ space: z.literal("rgb"), ...colourOutput }),
  z.strictObject({ space: z.literal("bgr"), ...colourOutput }),
]);

const adapterSchema = z.strictObject({
  name: z.string().min(1).optional(),
  license: z.string().optional(),
  citation: z.string().optional(),
  source: z.string().optional(),
  meanChroma: z.tuple([finite, finite]).optional(),
  input: inputSchema,
  extraInputs: z.array(extraInputSchema).default([]),
  size: sizeSchema,
  output: outputSchema,
});

/**
 * What a colorizing network of other people takes and gives, so that it can be run in this pipeline. Every key is
 * described in docs/foreign-networks.md.
 */
export type Adapter = z.output<typeof adapterSchema>;

/**
 * An {@link Adapter} as it is written: what has a default may be left out. `extends` names a built-in adapter, whose
 * keys hold where they are not given.
 */
export type AdapterDeclaration =
  | z.input<typeof adapterSchema>
  | ({ extends: string } & Partial<z.input<typeof adapterSchema>>);

export type SizeRule = Adapter["size"];

/**
 * Checks an adapter and fills in its defaults.
 *
 * @param value the parsed JSON
 * @param origin named in errors
 * @throws AutochromeError with every key that is wrong
 */
export function parseAdapter(value: unknown, origin: string): Adapter {
  const parsed = adapterSchema.safeParse(value);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      ({ path, message }) => `${path.join(".") || "adapter"}: ${message}`,
    );
    throw adapterError(`${origin} is no adapter (${faults.join("; ")}). Its keys: docs/foreign-networks.md.`);
  }
  const adapter = parsed.data;
  const counts = { input: inputChannels(adapter), output: outputChannels(adapter) };
  for (const [place, part] of [
    ["input", adapter.input],
    ["output", adapter.output],
  ] as const) {
    for (const key of ["mean", "std"] as const) {
      const list = key in part ? (part as Record<string, unknown>)[key] : undefined;
      if (Array.isArray(list) && list.length !== counts[place]) {
        throw adapterError(
          `${origin}: ${place}.${key} holds ${list.length} numbers, but ${place}.space '${part.space}' has ${channelCount(counts[place])}. ` +
            "Give one number, or one a channel.",
        );
      }
    }
  }
  return adapter;
}

/** Channels of the network's input: 1 for L and gray, 3 for the gray three times. */
export function inputChannels({ input }: Adapter): number {
  return input.space === "rgb" ? 3 : 1;
}

/** Channels of the network's output: 2 for a*, b*, else 3. */
export function outputChannels({ output }: Adapter): number {
  return output.space === "ab" ? 2 : 3;
}

/** `1 channel`, `3 channels`. */
export function channelCount(channels: number): string {
  return `${channels} ${channels === 1 ? "channel" : "channels"}`;
}

/** The number for channel `c` of a setting that may be one for all. */
export function ofChannel(setting: number | readonly number[], c: number): number {
  return typeof setting === "number" ? setting : setting[c]!;
}

/** An error in an adapter, or in how it fits its network. */
export function adapterError(message: string, cause?: unknown): AutochromeError {
  return new AutochromeError(message, { code: "ADAPTER", cause });
}
