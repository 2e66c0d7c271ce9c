import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["development"] },
  ssr: { resolve: { conditions: ["development"], externalConditions: ["development"] } },
  test: {
    include: ["packages/*/{src,test,conformance}/**/*.test.ts", "bench/**/*.test.ts", "scripts/**/*.test.ts"],
    // Each file gets its own process: the native runtime keeps threads and memory per process.
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
