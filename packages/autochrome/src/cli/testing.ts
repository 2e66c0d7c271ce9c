/**
 * Commands run in the test's own process.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import sharp from "sharp";
import { Io } from "./output.ts";
import { runCli } from "./run.ts";

/** Streams whose text is at hand while a command still runs. */
export function watched(signal = new AbortController().signal) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const text = { out: "", err: "" };
  stdout.on("data", (chunk) => {
    text.out += chunk;
  });
  stderr.on("data", (chunk) => {
    text.err += chunk;
  });
  return { io: new Io({ stdout, stderr, signal, env: {} }), text };
}

/** Runs a command; its exit code and what it printed. */
export async function runCommand(argv: readonly string[], signal?: AbortSignal) {
  const { io, text } = watched(signal);
  const code = await runCli([...argv], io);
  // What a stream holds is handed on in its next turn.
  await new Promise(setImmediate);
  return { code, ...text };
}

/** The same from one line of words without spaces in them. */
export function runLine(line: string, signal?: AbortSignal) {
  return runCommand(line.split(/\s+/), signal);
}

/** Five colourful PNGs of 16 x 16 pixels and a file that is no photo. */
export async function writePhotos(folder: string): Promise<void> {
  await mkdir(folder);
  for (let n = 0; n < 5; n++) {
    const rgb = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => (i * (7 + 3 * n)) % 256);
    await sharp(rgb, { raw: { width: 16, height: 16, channels: 3 } }).toFile(join(folder, `${n}.png`));
  }
  await writeFile(join(folder, "broken.jpg"), "no photo");
}
