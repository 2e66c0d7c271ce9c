import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { validate } from "dockerfile-utils";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../../../", import.meta.url);
const text = readFileSync(new URL("Dockerfile", ROOT), "utf8");

interface Instruction {
  name: string;
  words: string;
}

/** Instructions, with continued lines joined. */
function instructionsOf(dockerfile: string): Instruction[] {
  const lines = dockerfile.replaceAll(/\\\n\s*/g, " ").split("\n");
  return lines
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name, words] = /^(\S+)\s+(.*)$/.exec(line)!;
      return { name: name!.toUpperCase(), words: words! };
    });
}

/** What is wrong with a Dockerfile of a server, beside what its grammar says. */
function faultsOf(dockerfile: string): string[] {
  const all = instructionsOf(dockerfile);
  const last = all.slice(all.findLastIndex(({ name }) => name === "FROM"));
  const faults: string[] = [];
  const stages = new Set<string>();
  for (const { words } of all.filter(({ name }) => name === "FROM")) {
    const [image = "", , stage] = words.split(/\s+/);
    if (!stages.has(image) && (!/:[^:]+$/.test(image) || image.endsWith(":latest")))
      faults.push(`no tag: ${image}`);
    if (stage) stages.add(stage);
  }
  const user = last.findLast(({ name }) => name === "USER")?.words;
  if (user === undefined || /^(root|0)(:|$)/.test(user)) faults.push("runs as root");
  for (const { name, words } of all) {
    if (["RUN", "CMD", "ENTRYPOINT"].includes(name) && !words.startsWith("["))
      faults.push(`shell form: ${name}`);
    if (name === "ADD") faults.push("ADD instead of COPY");
    if (name === "ENV" && /TOKEN|SECRET|PASSWORD/i.test(words)) faults.push("a secret");
  }
  if (!last.some(({ name, words }) => name === "HEALTHCHECK" && /CMD \[/.test(words)))
    faults.push("no health check");
  if (!last.some(({ name }) => name === "EXPOSE")) faults.push("no EXPOSE");
  return faults;
}

describe("the Dockerfile", () => {
  it("is well-formed", () => {
    expect(validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
  });

  it("runs as a user, from tagged images, without a shell, with a health check", () => {
    expect(faultsOf(text)).toEqual([]);
  });

  it("the rules see what they are for", () => {
    const bad = "FROM node\nRUN npm ci\nADD . /app\nENV API_TOKEN=1\nUSER root\nCMD node main.js\n";
    expect(faultsOf(bad)).toEqual([
      "no tag: node",
      "runs as root",
      "shell form: RUN",
      "ADD instead of COPY",
      "a secret",
      "shell form: CMD",
      "no health check",
      "no EXPOSE",
    ]);
  });

  it("copies what is there and what .dockerignore lets through", () => {
    const allowed = readFileSync(new URL(".dockerignore", ROOT), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    for (const { name, words } of instructionsOf(text)) {
      if (name !== "COPY" || words.startsWith("--from")) continue;
      for (const source of words.split(/\s+/).slice(0, -1)) {
        expect([source, existsSync(fileURLToPath(new URL(source, ROOT)))]).toEqual([source, true]);
        expect(allowed.some((path) => source === path || source.startsWith(`${path}/`))).toBe(true);
      }
    }
  });
});
