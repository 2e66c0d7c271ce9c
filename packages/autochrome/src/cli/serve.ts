import { LIMIT_NAMES, LIMITS, type LimitName, type Limits } from "../server/limits.ts";
import { flagOption, listOption, numberOption, stringOption, usageError } from "./args.ts";
import type { Command, CommandContext, OptionSpec, OptionValues } from "./command.ts";
import { formatTable, oneLine } from "./output.ts";

const WIDTH = 28;

/** `--max-megabytes <n>` and so on, with what each bounds and its default. */
function limitHelp(): string {
  const rows = LIMIT_NAMES.map((name) => {
    const { flag, scale, what } = LIMITS[name];
    return [`      --${flag} <n>`.padEnd(WIDTH), `${what} (${LIMITS[name].default / scale})`];
  });
  return formatTable(rows).join("\n");
}

export const command: Command = {
  name: "serve",
  summary: "an HTTP API that colours photos, and the page",
  help: `Serves the page, on which photos are coloured in the visitor's own browser, and an HTTP API that colours photos here.

Usage: autochrome serve [flags]

Flags
      --port <n>              port to listen on (default: 8080, or the next that is free; 0 takes any)
      --host <name>           address to listen on (default: 127.0.0.1, which only this machine reaches)
      --allow-host <name>     a further name that the server is reached by, such as a proxy's; may be repeated
      --allow-origin <o>      origin of pages elsewhere that may use the API, such as https://photos.example;
                              may be repeated (default: none)
  -m, --model <path>          .onnx file, model folder, or name of an installed network; may be repeated: the
                              first is the default
      --workers <n>           processes that colour photos (default: one a core, at most 8)
      --no-page               the API alone
      --json                  the address as JSON on stdout
  -q, --quiet                 warnings and errors only

Limits, with their defaults; each is answered with an error of its own
${limitHelp()}

SIGTERM or Ctrl-C ends it once the photos under way are answered; a second one at once.

Examples
  autochrome serve
  curl --data-binary @portrait.jpg -H 'Content-Type: image/jpeg' -OJ 'http://127.0.0.1:8080/v1/colorize?name=portrait.jpg'
  curl -F image=@portrait.jpg -F saturation=1.2 -OJ http://127.0.0.1:8080/v1/colorize
  autochrome serve --host 0.0.0.0 --allow-host photos.example --max-megapixels 24 --no-page`,
  options: {
    port: { type: "string" },
    host: { type: "string" },
    "allow-host": { type: "string", multiple: true },
    "allow-origin": { type: "string", multiple: true },
    model: { type: "string", short: "m", multiple: true },
    workers: { type: "string" },
    page: { type: "boolean" },
    ...Object.fromEntries(LIMIT_NAMES.map((name) => [LIMITS[name].flag, { type: "string" } as OptionSpec])),
  },
  handlesInterrupt: true,
  endsByInterrupt: true,

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    if (positionals.length > 0) throw usageError("'serve' takes flags alone. Run 'autochrome serve --help'.");
    const port = numberOption(values, "port", { min: 0, max: 65535, integer: true }) ?? null;
    const workers = numberOption(values, "workers", { min: 1, max: 256, integer: true });
    const host = stringOption(values, "host") ?? "127.0.0.1";
    const limits = readLimits(values);
    const allowOrigins = listOption(values, "allow-origin").map(checkOrigin);
    const allowHosts = listOption(values, "allow-host").map(checkHost);
    const [{ startServer }, { isLoopback }] = await Promise.all([
      import("../server/index.ts"),
      import("../http/index.ts"),
    ]);
    if (!isLoopback(host)) {
      io.warn(
        `${io.paint("yellow", "warning:")} everyone who reaches this machine at ${host} can have photos coloured here: there is no password.`,
      );
    }
    const server = await startServer({
      models: listOption(values, "model"),
      port,
      host,
      allowHosts,
      allowOrigins,
      limits,
      page: flagOption(values, "page", true),
      ...(workers !== undefined && { workers }),
      onError: (error) => io.warn(`${io.paint("yellow", "note:")} ${oneLine(error)}`),
    });
    const { url, models } = server;
    if (io.json)
      io.printJson({ url, port: server.port, models, workers: server.workers, limits: server.limits });
    else io.note(`serving at ${io.paint("bold", url)} (Ctrl-C ends it)`);
    if (!io.signal.aborted) {
      await new Promise((resolve) => io.signal.addEventListener("abort", resolve, { once: true }));
    }
    io.note("ending once the photos under way are answered; Ctrl-C again ends at once");
    const left = await server.drain();
    if (left > 0)
      io.warn(
        `${io.paint("yellow", "note:")} ${left === 1 ? "1 photo was" : `${left} photos were`} given up: --drain-seconds gives longer`,
      );
    return 0;
  },
};

function readLimits(values: OptionValues): Partial<Limits> {
  const given: Partial<Record<LimitName, number>> = {};
  for (const name of LIMIT_NAMES) {
    const { flag, scale, min, max, unit } = LIMITS[name];
    const value = numberOption(values, flag, { min, max, integer: unit === "count" });
    if (value !== undefined) given[name] = Math.round(value * scale);
  }
  return given;
}

function checkOrigin(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : "null";
  if (origin === text && origin !== "null") return text;
  const guess = origin === "null" ? "" : ` Did you mean ${origin}?`;
  throw usageError(`--allow-origin must be an origin such as https://photos.example, not '${text}'.${guess}`);
}

function checkHost(text: string): string {
  if (/^[a-z0-9.-]+$/i.test(text)) return text;
  throw usageError(
    `--allow-host must be a name without scheme and port, such as photos.example, not '${text}'.`,
  );
}
