import type { ForeignDescription, ModelMetadata } from "../inference/index.ts";
import { stringOption, usageError } from "./args.ts";
import type { Command, CommandContext } from "./command.ts";
import { formatBytes, formatTable, type Io } from "./output.ts";

export const command: Command = {
  name: "info",
  summary: "show what a network file is and how it was made",
  help: `Shows a network: what it predicts, at which size, and its model card. Discriminators too. Of an .onnx file
that is not Autochrome's it shows what the file takes and gives, and the adapter by which it is used.

Usage: autochrome info [model] [--adapter <a>] [--json]

[model] is an .onnx file, a model folder, or the name of an installed network (default: the one that
'colorize' would use).
--adapter is as for 'colorize'; with --json the whole adapter is printed, defaults and all.

Examples
  autochrome info
  autochrome info models/small
  autochrome info my-network.onnx --json
  autochrome info downloads/ddcolor.onnx --adapter ddcolor`,
  options: { model: { type: "string", short: "m" }, adapter: { type: "string" } },

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    const named = [...positionals, ...(typeof values.model === "string" ? [values.model] : [])];
    if (named.length > 1) throw usageError("name one model. Run 'autochrome info --help'.");
    const adapter = stringOption(values, "adapter");
    const { describeForeign, findModel, readAnyModelFile } = await import("../inference/index.ts");
    const { path, bytes, metadata } = await readAnyModelFile(await findModel(named[0]));
    const { createHash } = await import("node:crypto");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const file = [
      ["file", path],
      ["bytes", `${bytes.byteLength} (${formatBytes(bytes.byteLength)})`],
      ["sha256", sha256],
    ];
    if (metadata === null) {
      const foreign = await describeForeign({ path, bytes }, adapter);
      if (io.json) {
        const { adapter: used, inputs, outputs, fitting } = foreign;
        const described = { path, bytes: bytes.byteLength, sha256, ...foreign.metadata };
        io.printJson({ ...described, foreign: true, inputs, outputs, adapter: used, fitting });
      } else printForeign(io, file, foreign);
      return 0;
    }
    if (adapter !== undefined) throw usageError(`'${path}' is an Autochrome network: leave --adapter out.`);
    if (io.json) {
      io.printJson({ path, bytes: bytes.byteLength, sha256, ...metadata });
      return 0;
    }
    const rows = [
      ...file,
      ["name", `${metadata.name} ${metadata.version}`],
      ["role", metadata.role],
      ["predicts", predicts(metadata)],
      ["size", `short side ${metadata.size} pixels, sides in multiples of ${metadata.multiple}`],
      ["preset", metadata.preset],
    ];
    for (const line of formatTable(rows)) io.print(line);
    printCard(io, metadata.card);
    return 0;
  },
};

function printCard(io: Io, card: Record<string, unknown>): void {
  const rows = Object.entries(card).map(([key, value]) => [`  ${key}`, cardValue(value)]);
  if (rows.length === 0) return;
  io.print("card");
  for (const line of formatTable(rows)) io.print(line);
}

function printForeign(io: Io, file: string[][], foreign: ForeignDescription): void {
  const { inputs, outputs, adapter, origin, fitting, metadata } = foreign;
  const tensors = (label: string, list: ForeignDescription["inputs"]) =>
    list.map(({ name, type, shape }) => [
      label,
      `${name}  ${type} [${shape.map((dim) => dim ?? "?").join(", ")}]`,
    ]);
  const rows = [...file, ...tensors("input", inputs), ...tensors("output", outputs)];
  if (adapter === null || metadata === null) {
    rows.push(["adapter", "none: 'colorize' and 'evaluate' need one (--adapter, or a JSON beside the file)"]);
    rows.push(["shapes fit", fitting.join(", ") || "no built-in adapter"]);
  } else {
    const { size } = adapter;
    const sides = "width" in size ? `${size.width} x ${size.height}` : `${size.length}`;
    rows.push(
      ["name", `${metadata.name} ${metadata.version}`],
      ["adapter", `${adapter.name ?? "unnamed"} (${origin})`],
      ["takes", `${adapter.input.space} in [${adapter.input.range.join(", ")}], ${adapter.input.layout}`],
      ["predicts", `${adapter.output.space}, ${adapter.output.layout}`],
      ["size", `${size.rule} ${sides}`],
    );
  }
  for (const line of formatTable(rows)) io.print(line);
  printCard(io, metadata?.card ?? {});
}

function predicts({ role, space, hints }: ModelMetadata): string {
  if (role === "discriminator") return `whether patches are real (${space})`;
  if (space === "rgb") return "R, G, B from gray";
  return `a, b from L${hints ? " and colour hints" : ""} (CIE Lab)`;
}

function cardValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
