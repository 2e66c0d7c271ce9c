import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export interface TestTool {
  /** For messages. */
  name: string;
  /** Names of the program, in order of preference. */
  programs: readonly string[];
  /** Variable that may name its path. */
  variable: string;
  /** Debian's package. */
  packageName: string;
}

export const BROWSER: TestTool = {
  name: "Chromium or Chrome",
  programs: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
  variable: "CHROMIUM_PATH",
  packageName: "chromium",
};

export const REDIS: TestTool = {
  name: "redis-server",
  programs: ["redis-server"],
  variable: "REDIS_SERVER_PATH",
  packageName: "redis-server",
};

/**
 * The program that the tool's variable names, or else the first found on the PATH.
 *
 * @throws Error if the variable names no file
 */
export function findTool({ programs, variable }: TestTool): string | null {
  const named = process.env[variable];
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`${variable} names no file: ${named}`);
  }
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = programs.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((path) => existsSync(path)) ?? null;
}

/**
 * Whether a missing tool fails the tests that need it instead of skipping them: as AUTOCHROME_REQUIRE_TOOLS says (1
 * or 0), or else wherever CI is set.
 */
export function toolsAreRequired(env: NodeJS.ProcessEnv = process.env): boolean {
  const isOn = (value: string | undefined) => !["", "0", "false", undefined].includes(value);
  return isOn(env.AUTOCHROME_REQUIRE_TOOLS ?? env.CI);
}

/**
 * The tool's path; or null, for `describe.skipIf`, after a line that says which tests are skipped for want of what.
 *
 * @param tests what is skipped, such as `"the page's browser tests"`
 * @throws Error where tools are required and this one is missing
 */
export function requireOrSkip(tool: TestTool, tests: string): string | null {
  const path = findTool(tool);
  if (path !== null) return path;
  const remedy = `Install it (apt-get install ${tool.packageName}) or set ${tool.variable}`;
  if (toolsAreRequired()) throw new Error(`${tests} need ${tool.name}, which is missing. ${remedy}.`);
  console.warn(`SKIPPED: ${tests}: ${tool.name} is missing. ${remedy}.`);
  return null;
}
