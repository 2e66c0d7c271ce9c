// A training that makes a step only when it is told to: a byte on stdin, and tells how long it took: a line on stdout.
import { readFileSync, readSync, writeSync } from "node:fs";
import { AutochromeError } from "../../packages/autochrome/src/errors.ts";
import { train } from "../../packages/autochrome/src/train.ts";
import type { PartialConfig } from "../../packages/autochrome/src/training/config/index.ts";

const token = Buffer.alloc(1);
let begun = 0;

/** Blocks the thread, and so the training's loop, until the other side says go or hangs up. */
function waitForTurn(): void {
  if (readSync(0, token, 0, 1, null) === 0) process.exit(0);
  begun = performance.now();
}

const config = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as PartialConfig;
try {
  await train(config, {
    onStart: waitForTurn,
    onStep: ({ phase }) => {
      writeSync(1, `${JSON.stringify({ phase, ms: performance.now() - begun })}\n`);
      waitForTurn();
    },
  });
} catch (error) {
  if (!(error instanceof AutochromeError)) throw error;
  writeSync(1, `${JSON.stringify({ failed: error.message })}\n`);
  process.exit(1);
}
