// Installs the dependencies on first use, so that each README command works in a fresh clone.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Node.js ${process.versions.node} is too old: install Node.js 20.19 or newer (https://nodejs.org).`,
  );
  process.exit(1);
}

const lock = join(root, "package-lock.json");
const installed = join(root, "node_modules", ".package-lock.json");
const fresh = existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs;

function lockedVersions(file) {
  const { packages } = JSON.parse(readFileSync(file, "utf8"));
  return Object.entries(packages)
    .filter(([name, entry]) => name.startsWith("node_modules/") && !entry.optional && !entry.link)
    .map(([name, entry]) => `${name}@${entry.version}`);
}

function matchesLock() {
  const have = new Set(lockedVersions(installed));
  return lockedVersions(lock).every((entry) => have.has(entry));
}

if (!fresh && !(existsSync(installed) && matchesLock())) {
  console.error("Installing dependencies (once) ...");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const result = spawnSync(npm, ["ci", "--prefer-offline", "--loglevel=error"], {
    cwd: root,
    // As .npmrc says; by the environment too, for an npm that passes no unknown settings on.
    env: { ONNXRUNTIME_NODE_INSTALL: "skip", ...process.env },
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (result.status !== 0) {
    console.error(
      "npm ci failed; see its message above. Check that the npm registry can be reached, then try again.",
    );
    process.exit(1);
  }
}
