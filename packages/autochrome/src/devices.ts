/**
 * What networks run on.
 *
 * @module
 */
import { AutochromeError } from "./errors.ts";

/** As `tfjs-onnxruntime/devices` has them, which is loaded only where one is named. */
export const DEVICES = ["auto", "cpu", "cuda", "webgpu", "coreml", "dml"] as const;

export type Device = (typeof DEVICES)[number];

/**
 * Tries a device with ONNX Runtime; "auto" becomes the one that was taken.
 *
 * @throws AutochromeError where it cannot be used: nothing else is taken in its place
 */
export async function resolveDevice(device: Device): Promise<Exclude<Device, "auto">> {
  if (device === "cpu") return device;
  const { chooseDevice } = await import("tfjs-onnxruntime/devices");
  try {
    return chooseDevice(device);
  } catch (cause) {
    throw noDevice(cause);
  }
}

/** The engine's error, which names the device, the reason and the remedy, as one of ours. */
export function noDevice(cause: unknown): AutochromeError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new AutochromeError(message.charAt(0).toLowerCase() + message.slice(1), {
    code: "NO_DEVICE",
    cause,
  });
}
