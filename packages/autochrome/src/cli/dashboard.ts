import { stat } from "node:fs/promises";
import { numberOption, stringOption, usageError } from "./args.ts";
import type { Command, CommandContext } from "./command.ts";

export const command: Command = {
  name: "dashboard",
  summary: "watch training runs on a live page",
  help: `Serves a page that shows training runs while they train: losses, metrics, monitors, samples over time, the
discriminator, speed. Several runs can be laid over each other. It reads the runs' folders and writes nothing.

Usage: autochrome dashboard [folder] [flags]

[folder] is a folder with runs in it, or one run's (default: runs).

Flags
      --port <n>     port to listen on (default: 8123, or the next that is free; 0 takes any)
      --host <name>  address to listen on (default: 127.0.0.1, which only this machine reaches)
      --json         the address as JSON on stdout
  -q, --quiet        warnings and errors only

Ctrl-C ends it. 'autochrome train --dashboard' serves the same page for as long as a training runs.

Examples
  autochrome dashboard
  autochrome dashboard runs/first --port 9000
  autochrome dashboard /data/runs --host 0.0.0.0`,
  options: { port: { type: "string" }, host: { type: "string" } },
  handlesInterrupt: true,

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    if (positionals.length > 1) throw usageError("name one folder. Run 'autochrome dashboard --help'.");
    const folder = positionals[0] ?? "runs";
    // The default may come with the first run; a folder that was named is meant to be there.
    if (positionals.length > 0 && !(await isFolder(folder))) {
      throw usageError(`there is no folder ${folder}: name one that holds runs, or a run's own.`);
    }
    const port = numberOption(values, "port", { min: 0, max: 65535, integer: true }) ?? null;
    const host = stringOption(values, "host") ?? "127.0.0.1";
    const [{ startDashboard }, { isLoopback }] = await Promise.all([
      import("../dashboard/index.ts"),
      import("../http/index.ts"),
    ]);
    if (!isLoopback(host)) {
      io.warn(
        `${io.paint("yellow", "warning:")} everyone who reaches this machine at ${host} can see the runs, and photos of them.`,
      );
    }
    const dashboard = await startDashboard({
      folder,
      port,
      host,
      onError: (error) =>
        io.warn(`${io.paint("yellow", "note:")} ${error instanceof Error ? error.message : error}`),
    });
    try {
      if (io.json) io.printJson({ url: dashboard.url, port: dashboard.port, folder });
      else io.note(`${folder} at ${io.paint("bold", dashboard.url)} (Ctrl-C ends it)`);
      if (!io.signal.aborted) {
        await new Promise((resolve) => io.signal.addEventListener("abort", resolve, { once: true }));
      }
    } finally {
      await dashboard.close();
    }
    return 0;
  },
};

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
