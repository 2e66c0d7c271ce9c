import type { Command, CommandContext } from "./command.ts";
import { formatTable, type Io } from "./output.ts";

export const command: Command = {
  name: "doctor",
  summary: "check this machine and this installation",
  help: `Checks what colouring and training need, and says how to mend what is missing.
What networks can run on besides the cpu (--device) is tried and listed.

Usage: autochrome doctor [--model <path>] [--json]

Exits with 1 where something is broken.

Examples
  autochrome doctor
  autochrome doctor --json`,
  options: { model: { type: "string", short: "m" } },

  async run({ values, io }: CommandContext): Promise<number> {
    const { runChecks } = await import("./checks.ts");
    const checks = await runChecks(typeof values.model === "string" ? values.model : undefined);
    const broken = checks.filter(({ status }) => status === "broken").length;
    if (io.json) {
      io.printJson({ ok: broken === 0, checks });
      return broken === 0 ? 0 : 1;
    }
    const rows = checks.map(({ status, name, detail }) => [mark(status, io), name, detail]);
    const lines = formatTable(rows);
    checks.forEach(({ remedy }, i) => {
      io.print(lines[i]);
      if (remedy !== undefined) io.print(`       -> ${remedy}`);
    });
    io.print(broken === 0 ? "all well" : `${broken} broken`);
    return broken === 0 ? 0 : 1;
  },
};

function mark(status: string, io: Io): string {
  if (status === "ok") return io.paint("green", "ok    ", "stdout");
  if (status === "absent") return io.paint("dim", "-     ", "stdout");
  return status === "warning" ? io.paint("yellow", "warn  ", "stdout") : io.paint("red", "broken", "stdout");
}
