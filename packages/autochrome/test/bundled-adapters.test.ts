import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "tsdown";
import { expect, it } from "vitest";

it("the built-in adapters' JSON is part of the bundle", async () => {
  const outDir = mkdtempSync(join(tmpdir(), "autochrome-bundle-"));
  try {
    await build({
      config: false,
      logLevel: "silent",
      entry: { adapters: fileURLToPath(new URL("../src/inference/foreign/built-in.ts", import.meta.url)) },
      outDir,
      format: "esm",
      platform: "node",
      target: "node20.19",
      // Where nothing is installed, all must be inside.
      noExternal: /./,
      dts: false,
    });
    const files = readdirSync(outDir);
    expect(files.filter((name) => name.endsWith(".json"))).toEqual([]);
    const { BUILT_IN_ADAPTERS, builtInAdapter } = await import(pathToFileURL(join(outDir, files[0]!)).href);
    expect(BUILT_IN_ADAPTERS).toContain("ddcolor");
    for (const name of BUILT_IN_ADAPTERS) expect(builtInAdapter(name)).toMatchObject({ name });
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
});
