import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { probe, probeSpeed } from "./device-probe.ts";
import { nodeRuntime } from "./runtime/session.ts";

/** What `registerOnnxRuntime({ device })` takes. */
export const DEVICES = ["auto", "cpu", "cuda", "webgpu", "coreml", "dml"] as const;

export type Device = (typeof DEVICES)[number];
export type NamedDevice = Exclude<Device, "auto">;

/** Whether a device can be used on this machine. */
export interface DeviceReport {
  device: NamedDevice;
  usable: boolean;
  /** What computes there, or why it cannot be used. */
  detail: string;
  /** What to do about a device that cannot be used; absent where nothing can be done. */
  remedy?: string;
  /** True for a GPU that a program imitates on the cpu: slower than the cpu itself, and never taken by "auto". */
  software: boolean;
}

const NAMED = DEVICES.filter((device): device is NamedDevice => device !== "auto");

/** Which builds in onnxruntime-node's package have each device. */
const PLATFORMS: Record<NamedDevice, string> = {
  cpu: "for all platforms",
  cuda: "for Linux on x64",
  webgpu: "for Linux on x64, macOS and Windows",
  coreml: "for macOS",
  dml: "for Windows",
};

/*
 * CoreML is left out: it is made for inference, compiles slowly, and may choose half precision. Of the rest, a vendor's
 * own library goes before WebGPU.
 */
const AUTO_ORDER: readonly NamedDevice[] = ["cuda", "dml", "webgpu"];
/** A GPU must be worth the copies to it and back, and a choice that a measurement's noise tips is none. */
const AUTO_SPEEDUP = 2;

const SOFTWARE_DRIVERS = /^lib(vulkan_lvp|vk_swiftshader)/;

/** File names of the Vulkan drivers that this process has loaded; Linux only. */
function vulkanDrivers(): string[] {
  if (process.platform !== "linux") return [];
  const files = readFileSync("/proc/self/maps", "utf8").match(/\/\S+\.so\S*/g) ?? [];
  const names = new Set(files.map((file) => basename(file)));
  return [...names].filter((name) => /^lib(vulkan_|vk_swiftshader|GLX_nvidia|amdvlk)/.test(name)).sort();
}

/** False only where Linux shows no graphics device at all. */
function hasGraphicsDevice(): boolean {
  if (process.platform !== "linux") return true;
  const renderers = existsSync("/dev/dri") ? readdirSync("/dev/dri") : [];
  return (
    renderers.some((name) => name.startsWith("renderD")) ||
    existsSync("/dev/nvidiactl") ||
    existsSync("/dev/dxg")
  );
}

function cudaLibrary(): string {
  const root = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  return join(root, "bin/napi-v6", process.platform, process.arch, "libonnxruntime_providers_cuda.so");
}

const REMEDIES: Partial<Record<NamedDevice, string>> = {
  cuda: "It needs an NVIDIA GPU with its driver, and the libraries of CUDA 12 and cuDNN 9 where the loader finds them.",
  webgpu:
    process.platform === "linux"
      ? "Install your GPU's Vulkan driver (and libvulkan1); 'vulkaninfo --summary' shows what there is."
      : "Install your GPU's current driver.",
};

function unusable(device: NamedDevice, detail: string, remedy?: string): DeviceReport {
  return { device, usable: false, detail, software: false, ...(remedy === undefined ? {} : { remedy }) };
}

/** The runtime's reason without the place in its source. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const adapter = /Failed to get a WebGPU adapter[^\n]*/.exec(message);
  return (adapter ? adapter[0] : message).trim().replace(/\.$/, "");
}

/** Tries a device: a convolution is compiled and run on it alone, and its numbers are checked. */
export function inspectDevice(device: NamedDevice): DeviceReport {
  const providers = nodeRuntime.providers();
  if (!providers.includes(device)) {
    const build = `ONNX Runtime's build for ${process.platform} ${process.arch}`;
    return unusable(device, `${build} has none; those ${PLATFORMS[device]} do`);
  }
  if (device === "cuda" && !existsSync(cudaLibrary())) {
    return unusable(
      device,
      "ONNX Runtime's CUDA libraries are not installed",
      `Run 'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node' to fetch them. ${REMEDIES.cuda}`,
    );
  }
  try {
    probe(nodeRuntime, device);
  } catch (error) {
    return unusable(device, reason(error), REMEDIES[device]);
  }
  if (device === "cpu") {
    const detail = `${availableParallelism()} threads at once`;
    return { device, usable: true, detail, software: false };
  }
  const drivers = device === "webgpu" ? vulkanDrivers() : [];
  const software =
    device === "webgpu" &&
    process.platform === "linux" &&
    (!hasGraphicsDevice() || drivers.every((name) => SOFTWARE_DRIVERS.test(name)));
  const detail = [
    "a convolution computed there gives the right numbers",
    ...(drivers.length === 0 ? [] : [`by ${drivers.join(", ")}`]),
    ...(software ? ["a GPU imitated by software, slower than the cpu"] : []),
  ].join("; ");
  return { device, usable: true, detail, software };
}

/** What this machine offers. Libraries of GPUs are loaded into this process to find out. */
export function inspectDevices(): DeviceReport[] {
  return NAMED.map(inspectDevice);
}

/**
 * The device to use.
 *
 * @throws Error if the device is unknown or cannot be used; nothing else is taken in its place
 */
export function chooseDevice(device: Device): NamedDevice {
  if (!DEVICES.includes(device)) {
    throw new Error(`Unknown device "${device}": it must be one of ${DEVICES.join(", ")}.`);
  }
  if (device === "auto") return fastestDevice();
  const report = inspectDevice(device);
  if (report.usable) return device;
  const others = NAMED.filter((other) => other !== device && inspectDevice(other).usable);
  const remedy = report.remedy === undefined ? "" : ` ${report.remedy}`;
  throw new Error(
    `The device "${device}" cannot be used: ${report.detail}.${remedy} Usable on this machine: ${others.join(", ")}.`,
  );
}

function fastestDevice(): NamedDevice {
  if (!hasGraphicsDevice()) return "cpu";
  for (const device of AUTO_ORDER) {
    const { usable, software } = inspectDevice(device);
    if (!usable || software) continue;
    if (probeSpeed(nodeRuntime, device) * AUTO_SPEEDUP <= probeSpeed(nodeRuntime, "cpu")) return device;
  }
  return "cpu";
}
