import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";

it("bundles for browsers without a module of Node's, a package, or 'process'", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL("./browser.ts", import.meta.url))],
    bundle: true,
    platform: "browser",
    format: "esm",
    metafile: true,
    write: false,
    // An import of a package or of Node fails here, or stays and is seen below.
    packages: "external",
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  expect(imports).toEqual([]);
  expect(outputFiles[0]!.text).not.toMatch(/\b(process|Buffer|require)\b[.(]/);
});
