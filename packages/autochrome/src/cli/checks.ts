/**
 * What `doctor` looks at.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, freemem, release, totalmem } from "node:os";
import { basename, dirname, join } from "node:path";
import type { readAnyModelFile } from "../inference/index.ts";
import { formatBytes, formatDuration, oneLine } from "./output.ts";
import { packageVersion } from "./version.ts";

export interface Check {
  name: string;
  /** "absent" is what this machine has not and does not need. */
  status: "ok" | "warning" | "broken" | "absent";
  detail: string;
  remedy?: string;
}

/** The oldest Node that this package supports. */
const OLDEST_NODE = [20, 19];

const LOW_MEMORY = 2e9;
const LOW_DISK = 1e9;

/** A model folder's checksums, as `sha256sum` writes and checks them. */
const CHECKSUMS = "SHA256SUMS";

/** Runs all checks, in the order in which a failure of one explains the next ones'. */
export async function runChecks(model: string | undefined): Promise<Check[]> {
  const checks = [versions(), node(), processor(), memory(), await disk()];
  const native = [await guarded("onnxruntime", runtime), await guarded("sharp", images)];
  checks.push(...native);
  if (native[0].status === "ok") checks.push(...(await devices()));
  // Without them the network's checks could only say the same again.
  if (native.every(({ status }) => status !== "broken")) checks.push(...(await network(model)));
  return checks;
}

async function guarded(name: string, check: () => Promise<Check>): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    const remedy = "Delete node_modules and install again, without --omit=optional and on this machine.";
    return { name, status: "broken", detail: oneLine(error), remedy };
  }
}

function versions(): Check {
  return { name: "autochrome", status: "ok", detail: packageVersion() };
}

function node(): Check {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const oldEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const detail = `${process.version} on ${process.platform} ${arch()} (${release()})`;
  if (oldEnough) return { name: "node", status: "ok", detail };
  return {
    name: "node",
    status: "broken",
    detail,
    remedy: `Install Node ${OLDEST_NODE.join(".")} or newer.`,
  };
}

function processor(): Check {
  const list = cpus();
  const detail = `${list[0]?.model.trim() || "unknown"}, ${list.length} logical cores, ${availableParallelism()} usable`;
  return { name: "cpu", status: "ok", detail };
}

function memory(): Check {
  const detail = `${formatBytes(freemem())} free of ${formatBytes(totalmem())}`;
  if (freemem() >= LOW_MEMORY) return { name: "memory", status: "ok", detail };
  const remedy =
    "Photos of up to 100 megapixels need up to 2.5 GB: close other programs before colouring such.";
  return { name: "memory", status: "warning", detail, remedy };
}

async function disk(): Promise<Check> {
  const { bavail, bsize } = await statfs(process.cwd());
  const free = bavail * bsize;
  const detail = `${formatBytes(free)} free in this folder`;
  if (free >= LOW_DISK) return { name: "disk", status: "ok", detail };
  return { name: "disk", status: "warning", detail, remedy: "Free some space, or write elsewhere with -o." };
}

// Native modules are loaded inside the checks: one that does not load must not end the others.

async function runtime(): Promise<Check> {
  const { listSupportedBackends } = await import("onnxruntime-node");
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
  const names = listSupportedBackends().map(({ name, bundled }) =>
    bundled ? name : `${name} (not bundled)`,
  );
  return { name: "onnxruntime", status: "ok", detail: `${version}; providers: ${names.join(", ")}` };
}

/** Tries each device. That of a GPU may print to stderr itself what its driver lacks. */
async function devices(): Promise<Check[]> {
  const { inspectDevices } = await import("tfjs-onnxruntime/devices");
  return inspectDevices().map(({ device, usable, detail, remedy, software }) => ({
    name: `device ${device}`,
    status: usable ? (software ? "warning" : "ok") : device === "cpu" ? "broken" : "absent",
    detail,
    ...(remedy === undefined ? {} : { remedy }),
  }));
}

async function images(): Promise<Check> {
  const { default: sharp } = await import("sharp");
  const names = ["jpeg", "png", "webp", "heif", "tiff", "gif"] as const;
  const missing = names.filter((name) => !sharp.format[name].input.file);
  const detail = `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}; reads ${names
    .filter((name) => !missing.includes(name))
    .map((name) => (name === "heif" ? "avif" : name))
    .join(" ")}`;
  if (missing.length === 0) return { name: "sharp", status: "ok", detail };
  const remedy =
    "This libvips was built without some formats: install sharp's own binaries (npm install sharp).";
  return { name: "sharp", status: "warning", detail, remedy };
}

async function network(model: string | undefined): Promise<Check[]> {
  const { findModel, readAnyModelFile } = await import("../inference/index.ts");
  let path: string;
  let file: AnyModelFile;
  try {
    path = await findModel(model);
    file = await readAnyModelFile(path);
  } catch (error) {
    return [{ name: "model", status: "broken", ...splitRemedy(oneLine(error)) }];
  }
  return [await checksum(file), await inference(path)];
}

type AnyModelFile = Awaited<ReturnType<typeof readAnyModelFile>>;

/** Our errors end with what to do. */
function splitRemedy(message: string): { detail: string; remedy?: string } {
  const end = message.indexOf(". ");
  return end === -1 ? { detail: message } : { detail: message.slice(0, end), remedy: message.slice(end + 2) };
}

async function checksum({ path, bytes, metadata }: AnyModelFile): Promise<Check> {
  const actual = createHash("sha256").update(bytes).digest("hex");
  const name = metadata === null ? "not Autochrome's" : `${metadata.name} ${metadata.version}`;
  const detail = `${name}, ${formatBytes(bytes.byteLength)}, ${path}`;
  const list = join(dirname(path), CHECKSUMS);
  if (!existsSync(list)) return { name: "model", status: "ok", detail: `${detail}, sha256 ${actual}` };
  const lines = (await readFile(list, "utf8")).split("\n").map((line) => line.trim().split(/\s+\*?/));
  const expected = lines.find(([, name]) => name === basename(path))?.[0];
  if (expected === undefined || expected === actual) {
    const agreed =
      expected === undefined ? `sha256 ${actual}, not listed in ${CHECKSUMS}` : "checksum agrees";
    return { name: "model", status: "ok", detail: `${detail}, ${agreed}` };
  }
  const remedy = `Fetch the file again: its sha256 is ${actual}, but ${CHECKSUMS} says ${expected}.`;
  return { name: "model", status: "broken", detail: `${detail}, checksum differs`, remedy };
}

/** Colours a small gradient. */
async function inference(path: string): Promise<Check> {
  const name = "inference";
  try {
    const { loadColorizer } = await import("../inference/index.ts");
    const started = performance.now();
    const colorizer = await loadColorizer({ model: path });
    const loaded = performance.now();
    const width = 96;
    const height = 64;
    const data = Uint8Array.from(
      { length: width * height },
      (_, i) => (((i % width) + i / width) / 160) * 255,
    );
    await colorizer.colorize({ data, width, height, channels: 1 });
    const done = performance.now();
    await colorizer.dispose();
    const detail = `loaded in ${formatDuration(loaded - started)}, ${width}x${height} in ${formatDuration(done - loaded)}`;
    return { name, status: "ok", detail };
  } catch (error) {
    return { name, status: "broken", ...splitRemedy(oneLine(error)) };
  }
}
