import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runLine as autochrome, writePhotos } from "./testing.ts";

let root: string;
let photos: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-cli-train-"));
  photos = join(root, "photos");
  await writePhotos(photos);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const TINY =
  "--backend cpu --preset tiny --width 2 --depth 2 --discriminator-width 2 --discriminatorLayers 1 --crop-size 8 " +
  "--batch-size 2 --min-colourfulness 0 --validation-photos 2 --validation-size 8";

describe("train", () => {
  it("trains, says what it does on stderr and gives the result as JSON on stdout", async () => {
    const run = join(root, "first");
    const { code, out, err } = await autochrome(`train ${photos} ${TINY} --run ${run} --steps 3 --json`);
    expect(err).toMatch(/5 of 6 photos; left out: 1 corrupt/);
    expect(err).toMatch(/4 photos to train on, 1 to validate on/);
    expect(err).toMatch(/step 3: score -?[\d.]+ \(best so far\)/);
    expect(err).toMatch(/done: 3 steps in .* Next: autochrome export/);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      run,
      ended: "done",
      step: 3,
      config: { discriminatorLayers: 1 },
    });
  });

  it("saves on an interrupt, exits 130 and resumes", async () => {
    const run = join(root, "second");
    const stop = new AbortController();
    const stopped = setInterval(async () => {
      const metrics = await readFile(join(run, "events.jsonl"), "utf8").catch(() => "");
      if (metrics.includes("started")) stop.abort();
    }, 5);
    const first = await autochrome(`train ${photos} ${TINY} --run ${run} --steps 100000`, stop.signal);
    clearInterval(stopped);
    expect(first.code).toBe(130);
    expect(first.err).toMatch(/saved at step (\d+). Go on with: autochrome train --resume --run/);
    const step = Number(/saved at step (\d+)/.exec(first.err)![1]);
    const second = await autochrome(`train --resume --run ${run} --steps ${step + 2}`);
    expect(second.err).toMatch(new RegExp(`done: ${step + 2} steps`));
    expect(second.code).toBe(0);
  });

  it("refuses wrong settings with exit code 2 and a remedy", async () => {
    const refused: [string, RegExp][] = [
      ["train", /no photos were named/],
      [`train ${photos} --lamda 3`, /--lamda. Did you mean --lambda/],
      [`train ${photos} --batch-size many`, /batchSize cannot be "many"/],
      [`train ${photos} --batch-size 2 --batchSize 3`, /one setting/],
      [`train ${photos} --config ${join(root, "none.json")}`, /cannot be read/],
      [`train --resume --run ${join(root, "none")}`, /holds no run to resume/],
    ];
    for (const [line, message] of refused) {
      const { code, err } = await autochrome(line);
      expect(err).toMatch(message);
      expect(code).toBe(2);
    }
  });

  it("fails with 1 where there is nothing to train on", async () => {
    await mkdir(join(root, "empty"));
    const { code, err } = await autochrome(`train ${join(root, "empty")} --run ${join(root, "third")}`);
    expect(err).toMatch(/empty/);
    expect(code).toBe(1);
  });
});
