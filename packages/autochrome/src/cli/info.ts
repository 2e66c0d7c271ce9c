import type { ModelMetadata } from "../inference/index.ts";
import { usageError } from "./args.ts";
import type { Command, CommandContext } from "./command.ts";
import { formatBytes, formatTable } from "./output.ts";

export const command: Command = {
  name: "info",
  summary: "show what a network file is and how it was made",
  help: `Shows a network: what it predicts, at which size, and its model card. Discriminators too.

Usage: autochrome info [model] [--json]

[model] is an .onnx file, a model folder, or the name of an installed network (default: the one that
'colorize' would use).

Examples
  autochrome info
  autochrome info models/small
  autochrome info my-network.onnx --json`,
  options: { model: { type: "string", short: "m" } },

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    const named = [...positionals, ...(typeof values.model === "string" ? [values.model] : [])];
    if (named.length > 1) throw usageError("name one model. Run 'autochrome info --help'.");
    const { findModel, readModelFile } = await import("../inference/index.ts");
    const { path, bytes, metadata } = await readModelFile(await findModel(named[0]));
    const { createHash } = await import("node:crypto");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    if (io.json) {
      io.printJson({ path, bytes: bytes.byteLength, sha256, ...metadata });
      return 0;
    }
    const rows = [
      ["file", path],
      ["bytes", `${bytes.byteLength} (${formatBytes(bytes.byteLength)})`],
      ["sha256", sha256],
      ["name", `${metadata.name} ${metadata.version}`],
      ["role", metadata.role],
      ["predicts", predicts(metadata)],
      ["size", `short side ${metadata.size} pixels, sides in multiples of ${metadata.multiple}`],
      ["preset", metadata.preset],
    ];
    for (const line of formatTable(rows)) io.print(line);
    const card = Object.entries(metadata.card).map(([key, value]) => [`  ${key}`, cardValue(value)]);
    if (card.length > 0) {
      io.print("card");
      for (const line of formatTable(card)) io.print(line);
    }
    return 0;
  },
};

function predicts({ role, space }: ModelMetadata): string {
  if (role === "discriminator") return `whether patches are real (${space})`;
  return space === "lab" ? "a, b from L (CIE Lab)" : "R, G, B from gray";
}

function cardValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
