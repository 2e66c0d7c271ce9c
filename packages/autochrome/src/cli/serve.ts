import { flagOption, listOption, numberOption, stringOption, usageError } from "./args.ts";
import type { Command, CommandContext } from "./command.ts";
import { oneLine } from "./output.ts";

export const command: Command = {
  name: "serve",
  summary: "an HTTP API that colours photos, and the page",
  help: `Serves the page and an API that colours photos.

Usage: autochrome serve [flags]`,
  options: {
    port: { type: "string" },
    host: { type: "string" },
    model: { type: "string", short: "m", multiple: true },
    workers: { type: "string" },
    page: { type: "boolean" },
  },
  handlesInterrupt: true,

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    if (positionals.length > 0) throw usageError("'serve' takes flags alone. Run 'autochrome serve --help'.");
    const port = numberOption(values, "port", { min: 0, max: 65535, integer: true }) ?? null;
    const workers = numberOption(values, "workers", { min: 1, max: 256, integer: true });
    const host = stringOption(values, "host") ?? "127.0.0.1";
    const { startServer } = await import("../server/index.ts");
    const server = await startServer({
      models: listOption(values, "model"),
      port,
      host,
      page: flagOption(values, "page", true),
      ...(workers !== undefined && { workers }),
      onError: (error) => io.warn(`${io.paint("yellow", "note:")} ${oneLine(error)}`),
    });
    io.note(`serving at ${io.paint("bold", server.url)} (Ctrl-C ends it)`);
    if (!io.signal.aborted) {
      await new Promise((resolve) => io.signal.addEventListener("abort", resolve, { once: true }));
    }
    await server.drain();
    return 0;
  },
};
