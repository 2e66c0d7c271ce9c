import type { InferenceSession } from "onnxruntime-node";
import { inputChannels, outputChannels, SHORTEST_SIDE } from "./adapter.ts";
import { BUILT_IN_ADAPTERS, builtInAdapter } from "./built-in.ts";

type Values = readonly InferenceSession.ValueMetadata[];

/**
 * Built-in adapters whose shapes agree with a network's, the likeliest first. Shapes cannot tell ranges apart, so that
 * this is a hint and never a choice.
 */
export function guessAdapters(inputs: Values, outputs: Values): string[] {
  const fitting = BUILT_IN_ADAPTERS.filter((name) => {
    const adapter = builtInAdapter(name)!;
    const extras = adapter.extraInputs.length;
    return (
      channelsFit(inputs[0], inputChannels(adapter)) &&
      channelsFit(outputs[0], outputChannels(adapter)) &&
      (inputs.length === 1 || inputs.length === 1 + extras)
    );
  });
  // With inputs for hints it is none but the one that takes hints.
  return inputs.length === 1
    ? fitting
    : fitting.filter((name) => builtInAdapter(name)!.extraInputs.length > 0);
}

/** All built-in contracts put the channels second. */
function channelsFit(value: InferenceSession.ValueMetadata | undefined, channels: number): boolean {
  if (value === undefined || !value.isTensor || value.shape.length !== 4) return false;
  const [, found, , side] = value.shape;
  if (typeof found === "number" && found > 0) return found === channels;
  return typeof side !== "number" || side <= 0 || side >= SHORTEST_SIDE;
}
