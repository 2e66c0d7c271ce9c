import type { InferenceSession } from "onnxruntime-node";
import {
  type Adapter,
  adapterError,
  channelCount,
  inputChannels,
  outputChannels,
  SHORTEST_SIDE,
} from "./adapter.ts";
import { type FixedSides, settleSizeRule } from "./size-rule.ts";
import type { FloatType } from "./tensors.ts";

type TensorInfo = InferenceSession.TensorValueMetadata;

/** One input that is no photo. */
export interface Constant {
  name: string;
  type: FloatType;
  channels: number;
  value: number;
}

/** An adapter that was found to fit its file. */
export interface Contract {
  path: string;
  adapter: Adapter;
  input: { name: string; type: FloatType; batch: number };
  constants: readonly Constant[];
  output: string;
  fixed: FixedSides;
}

/**
 * Fits an adapter to the open network that it is for.
 *
 * @param path of the network, named in errors
 * @param origin of the adapter, named in errors
 * @throws AutochromeError where the adapter contradicts the file: names, channels, layout, types or sides
 */
export function fitAdapter(
  session: InferenceSession,
  path: string,
  adapter: Adapter,
  origin: string,
): Contract {
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
  const batch = main.shape[0];
  const fixed = fixedSides(main, adapter.input.layout);
  const size = settleSizeRule(adapter.size, fixed, origin);
  return {
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

/** Where the channels stand in a tensor's shape. */
export function channelAxis(layout: "NCHW" | "NHWC"): number {
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
