import type { InferenceSession, Tensor } from "onnxruntime-node";
import { AutochromeError } from "../../errors.ts";
import type { Network, Prediction } from "../network.ts";
import { type NetworkFrame, reflectIndex, shrinkLuma } from "../network-input.ts";
import {
  type Adapter,
  adapterError,
  channelCount,
  inputChannels,
  outputChannels,
  SHORTEST_SIDE,
} from "./adapter.ts";
import { resampleLuma, resamplePart } from "./resample.ts";
import {
  defaultSize,
  type FixedSides,
  type Padding,
  paddingOf,
  planForeignFrame,
  settleSizeRule,
} from "./size-rule.ts";
import {
  constantTensor,
  decodeOutput,
  encodeInput,
  type FloatType,
  floatValues,
  tensorDims,
} from "./tensors.ts";

type TensorInfo = InferenceSession.TensorValueMetadata;

/** One input that is no photo. */
interface Constant {
  name: string;
  type: FloatType;
  channels: number;
  value: number;
}

/** An adapter that was found to fit its file. */
interface Contract {
  path: string;
  adapter: Adapter;
  input: { name: string; type: FloatType; batch: number };
  constants: readonly Constant[];
  output: string;
  fixed: FixedSides;
}

/** How a foreign network runs, besides predicting. */
export interface ForeignNetwork extends Network {
  /** Default length of the side that the size rule sets. */
  size: number;
  /** The sides of its input are multiples of this, where the file does not fix them. */
  multiple: number;
}

/**
 * Joins an open session and its adapter.
 *
 * @param path of the network, named in errors
 * @param origin of the adapter, named in errors
 * @throws AutochromeError where the adapter contradicts the file: names, channels, layout, types or sides
 */
export function bindAdapter(
  session: InferenceSession,
  path: string,
  adapter: Adapter,
  origin: string,
): ForeignNetwork {
  const { main, extras } = pickInputs(session, adapter, origin);
  checkChannels(main, adapter.input.layout, inputChannels(adapter), `${origin}: input`, adapter.input.space);
  if (adapter.input.type !== undefined && adapter.input.type !== main.type) {
    throw adapterError(
      `${origin}: input.type is ${adapter.input.type}, but '${main.name}' takes ${main.type}.`,
    );
  }
  const output = pickOutput(session, adapter, origin);
  checkChannels(
    output,
    adapter.output.layout,
    outputChannels(adapter),
    `${origin}: output`,
    adapter.output.space,
  );
  const [batch, , ,] = main.shape;
  const fixed = fixedSides(main, adapter.input.layout);
  const size = settleSizeRule(adapter.size, fixed, origin);
  const contract: Contract = {
    path,
    adapter: { ...adapter, size },
    input: {
      name: main.name,
      type: floatType(main, origin),
      batch: typeof batch === "number" && batch > 0 ? batch : 1,
    },
    constants: matchConstants(extras, adapter, origin),
    output: output.name,
    fixed,
  };
  return {
    size: defaultSize(size),
    multiple: size.multiple,
    predict: (photo, wanted) => predict(session, contract, photo, wanted),
    dispose: () => session.release(),
  };
}

function tensors(list: readonly InferenceSession.ValueMetadata[]): TensorInfo[] {
  return list.filter((value) => value.isTensor);
}

/** `'input' float32 [1,3,256,256]`, as it stands in errors and in `info`. */
export function describeTensor({ name, type, shape }: TensorInfo): string {
  return `'${name}' ${type} [${shape.map((dim) => (dim === "" || dim === -1 ? "?" : dim)).join(",")}]`;
}

function pickInputs(
  session: InferenceSession,
  { input }: Adapter,
  origin: string,
): { main: TensorInfo; extras: TensorInfo[] } {
  const all = tensors(session.inputMetadata);
  const main = input.tensor === undefined ? all[0] : all.find(({ name }) => name === input.tensor);
  if (main === undefined) {
    throw adapterError(
      `${origin}: the network has no input '${input.tensor}'. Its inputs: ${all.map(describeTensor).join(", ")}.`,
    );
  }
  return { main, extras: all.filter((other) => other !== main) };
}

function pickOutput(session: InferenceSession, { output }: Adapter, origin: string): TensorInfo {
  const all = tensors(session.outputMetadata);
  const found = output.tensor === undefined ? all[0] : all.find(({ name }) => name === output.tensor);
  if (found !== undefined) return found;
  throw adapterError(
    `${origin}: the network has no output '${output.tensor}'. Its outputs: ${all.map(describeTensor).join(", ")}.`,
  );
}

function channelAxis(layout: "NCHW" | "NHWC"): number {
  return layout === "NCHW" ? 1 : 3;
}

/** Compares what the file says of its channels with what is declared; what the file leaves open shows when it runs. */
function checkChannels(
  tensor: TensorInfo,
  layout: "NCHW" | "NHWC",
  channels: number,
  place: string,
  space: string,
): void {
  const { shape } = tensor;
  if (shape.length === 0) return;
  if (shape.length !== 4) {
    throw adapterError(
      `${place}: ${describeTensor(tensor)} has ${shape.length} dimensions; only networks with 4 (${layout}) can be used.`,
    );
  }
  const other = layout === "NCHW" ? "NHWC" : "NCHW";
  const found = shape[channelAxis(layout)];
  if (found === channels) return;
  // No side is as short as this: what looks like one is the channels.
  const side = shape[channelAxis(other)];
  const swapped = typeof side === "number" && side > 0 && side < SHORTEST_SIDE;
  if ((typeof found !== "number" || found <= 0) && !swapped) return;
  const remedy = swapped ? `Declare the layout ${other}.` : "Declare another space, or another tensor.";
  throw adapterError(
    `${place}: space '${space}' in layout ${layout} has ${channelCount(channels)} on axis ${channelAxis(layout)}, ` +
      `but this is ${describeTensor(tensor)}. ${remedy}`,
  );
}

function fixedSides({ shape }: TensorInfo, layout: "NCHW" | "NHWC"): FixedSides {
  const side = (axis: number): number | null => {
    const dim = shape[axis];
    return typeof dim === "number" && dim > 0 ? dim : null;
  };
  return layout === "NCHW" ? { height: side(2), width: side(3) } : { height: side(1), width: side(2) };
}

function floatType(tensor: TensorInfo, origin: string): FloatType {
  if (tensor.type === "float32" || tensor.type === "float16") return tensor.type;
  throw adapterError(
    `${origin}: the input ${describeTensor(tensor)} is neither float32 nor float16. Export the network with floats.`,
  );
}

/** Gives each further input of the file the constant that is declared for it: by name, else by its channels. */
function matchConstants(inputs: readonly TensorInfo[], adapter: Adapter, origin: string): Constant[] {
  const open = [...adapter.extraInputs];
  const axis = channelAxis(adapter.input.layout);
  const constants = inputs.map((input): Constant => {
    const named = open.findIndex(({ tensor }) => tensor === input.name);
    const channels = input.shape[axis];
    const index =
      named !== -1
        ? named
        : open.findIndex(
            (extra) =>
              extra.tensor === undefined &&
              (typeof channels !== "number" || channels <= 0 || extra.channels === channels),
          );
    if (index === -1) {
      throw adapterError(
        `${origin}: the network's input ${describeTensor(input)} is not declared. Say in extraInputs what it is to hold.`,
      );
    }
    const [extra] = open.splice(index, 1);
    if (typeof channels === "number" && channels > 0 && channels !== extra!.channels) {
      throw adapterError(
        `${origin}: extraInputs declares ${channelCount(extra!.channels)} for ${describeTensor(input)}, which has ${channels}.`,
      );
    }
    return {
      name: input.name,
      type: floatType(input, origin),
      channels: extra!.channels,
      value: extra!.value,
    };
  });
  const missing = open.find(({ optional }) => !optional);
  if (missing !== undefined) {
    const what =
      missing.tensor === undefined ? `of ${channelCount(missing.channels)}` : `'${missing.tensor}'`;
    throw adapterError(
      `${origin}: extraInputs declares an input ${what} that the network has not. Leave it out, or mark it optional.`,
    );
  }
  return constants;
}

async function predict(
  session: InferenceSession,
  contract: Contract,
  { rgb, width, height }: Parameters<Network["predict"]>[0],
  size: number,
): Promise<Prediction> {
  const { adapter } = contract;
  const frame = planForeignFrame(adapter.size, width, height, size, contract.fixed);
  const luma = resampleLuma(rgb, width, height, frame.width, frame.height, adapter.input.resample);
  const padded = padLuma(luma, frame, paddingOf(adapter.size));
  const output = await run(session, contract, padded, frame.paddedWidth, frame.paddedHeight);
  const chroma = decodeOutput(adapter, output.values, output.width, output.height);
  // The photo's part of the output, in the output's own pixels, however large it is beside the input.
  const scaleX = output.width / frame.paddedWidth;
  const scaleY = output.height / frame.paddedHeight;
  const part = {
    left: frame.left * scaleX,
    top: frame.top * scaleY,
    width: frame.width * scaleX,
    height: frame.height * scaleY,
  };
  // Colour is fitted to luma on the network's own grid, stretched or not, where every prediction lies over the luma
  // it was made for: the full-size step then undoes stretch and scale at once. It never needs more than the photo.
  const fitWidth = Math.min(width, Math.max(1, Math.round(part.width)));
  const fitHeight = Math.min(height, Math.max(1, Math.round(part.height)));
  return {
    width: fitWidth,
    height: fitHeight,
    luma: shrinkLuma(rgb, width, height, fitWidth, fitHeight),
    chroma: resamplePart(chroma, output.width, output.height, 2, part, fitWidth, fitHeight),
  };
}

function padLuma(luma: Float32Array, frame: NetworkFrame, padding: Padding): Float32Array {
  const { width, height, paddedWidth, paddedHeight, left, top } = frame;
  if (paddedWidth === width && paddedHeight === height) return luma;
  const out = new Float32Array(paddedWidth * paddedHeight);
  const index = (at: number, length: number): number => {
    if (padding === "reflect") return reflectIndex(at, length);
    if (padding === "edge") return Math.min(length - 1, Math.max(0, at));
    return at >= 0 && at < length ? at : -1;
  };
  for (let y = 0; y < paddedHeight; y++) {
    const row = index(y - top, height);
    for (let x = 0; x < paddedWidth; x++) {
      const column = index(x - left, width);
      const outside = row === -1 || column === -1;
      out[y * paddedWidth + x] = outside ? (padding as number) : luma[row * width + column]!;
    }
  }
  return out;
}

/** Runs the network on one photo. */
async function run(
  session: InferenceSession,
  { path, adapter, input, constants, output }: Contract,
  luma: Float32Array,
  width: number,
  height: number,
): Promise<{ values: Float32Array; width: number; height: number }> {
  const feeds: Record<string, Tensor> = {
    [input.name]: encodeInput(adapter, input.type, luma, width, height, input.batch),
  };
  for (const { name, type, channels, value } of constants) {
    feeds[name] = constantTensor(
      type,
      value,
      tensorDims(adapter.input.layout, input.batch, channels, width, height),
    );
  }
  let result: Tensor;
  try {
    result = (await session.run(feeds, [output]))[output] as Tensor;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new AutochromeError(
      `the network '${path}' failed on an input of ${width} x ${height}: ${reason}. Check its adapter's size and layout.`,
      { code: "MODEL_FAILED", cause },
    );
  }
  const values = floatValues(result);
  const channels = outputChannels(adapter);
  const { dims } = result;
  const axis = channelAxis(adapter.output.layout);
  if (values === null || dims.length !== 4 || dims[axis] !== channels) {
    throw adapterError(
      `the network '${path}' gave ${result.type} [${dims}]; its adapter's output (space '${adapter.output.space}', ` +
        `${adapter.output.layout}) has ${channelCount(channels)} on axis ${axis}. Declare what it gives.`,
    );
  }
  const outHeight = dims[axis === 1 ? 2 : 1]!;
  const outWidth = dims[axis === 1 ? 3 : 2]!;
  const first = values.subarray(0, channels * outHeight * outWidth);
  if (!first.every(Number.isFinite)) {
    throw new AutochromeError(
      `the network '${path}' gave values that are not numbers. Check its adapter's range` +
        (input.type === "float16" ? ", or use its float32 file." : "."),
      { code: "MODEL_FAILED" },
    );
  }
  return { values: first, width: outWidth, height: outHeight };
}
