import type { InferenceSession, Tensor } from "onnxruntime-node";
import { type NetworkFrame, type Prediction, reflectIndex, shrinkLuma } from "../../chroma/index.ts";
import { AutochromeError } from "../../errors.ts";
import type { Network } from "../network.ts";
import { adapterError, channelCount, outputChannels } from "./adapter.ts";
import { type Contract, channelAxis } from "./contract.ts";
import { resampleLuma, resamplePart } from "./resample.ts";
import { defaultSize, type Padding, paddingOf, planForeignFrame } from "./size-rule.ts";
import { constantTensor, decodeOutput, encodeInput, floatValues, tensorDims } from "./tensors.ts";

/** How a foreign network runs, besides predicting. */
export interface ForeignNetwork extends Network {
  /** Default length of the side that the size rule sets. */
  size: number;
  /** The sides of its input are multiples of this, where the file does not fix them. */
  multiple: number;
}

/** The network that an open session is under its contract; disposing of it releases the session. */
export function foreignNetwork(session: InferenceSession, contract: Contract): ForeignNetwork {
  const { size } = contract.adapter;
  return {
    size: defaultSize(size),
    multiple: size.multiple,
    predict: (photo, wanted) => predict(session, contract, photo, wanted),
    dispose: () => session.release(),
  };
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
