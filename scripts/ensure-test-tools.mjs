// Before the tests: installs the programs that some of them need (a browser, Redis) where that takes no more than
// apt-get as root, once a machine. Never fails by itself: tests say what they miss (scripts/test-tools.ts).
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const TOOLS = [
  {
    packageName: "chromium",
    variable: "CHROMIUM_PATH",
    programs: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
  },
  { packageName: "redis-server", variable: "REDIS_SERVER_PATH", programs: ["redis-server"] },
];
const TIMEOUT_MS = 300_000;

const folders = (process.env.PATH ?? "").split(delimiter);
const isThere = ({ variable, programs }) =>
  process.env[variable] || programs.some((name) => folders.some((folder) => existsSync(join(folder, name))));
const missing = TOOLS.filter((tool) => !isThere(tool)).map(({ packageName }) => packageName);

const cache = join(dirname(fileURLToPath(import.meta.url)), "../node_modules/.cache");
const tried = join(cache, `autochrome-tried-${missing.join("-")}`);
const canInstall =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  existsSync("/usr/bin/apt-get") &&
  !existsSync(tried);

if (missing.length > 0 && canInstall) {
  console.error(`Installing ${missing.join(" and ")} for the tests (once) ...`);
  mkdirSync(cache, { recursive: true });
  writeFileSync(tried, "");
  const apt = (...words) =>
    spawnSync("apt-get", words, {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: "ignore",
      timeout: TIMEOUT_MS,
    }).status === 0;
  apt("update");
  if (!apt("install", "-y", "--no-install-recommends", ...missing)) {
    console.error(`apt-get could not install ${missing.join(" and ")}.`);
  }
}
