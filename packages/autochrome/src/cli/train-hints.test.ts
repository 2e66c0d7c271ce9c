import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runLine as autochrome, writePhotos } from "./testing.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-cli-train-hints-"));
  await writePhotos(join(root, "photos"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const TINY =
  "--backend cpu --preset tiny --width 2 --depth 2 --discriminator-width 2 --discriminatorLayers 1 --crop-size 8 " +
  "--batch-size 2 --min-colourfulness 0 --validation-photos 2 --validation-size 8 --steps 3";

it("trains a network that takes hints, exports it, tells of it and colours with it", async () => {
  const [photos, run, model] = ["photos", "run", "model"].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  const trained = await autochrome(`train ${photos} ${TINY} --run ${run} --hints --json`);
  expect(trained.err).toMatch(/deltaE2000 [\d.]+ .*deltaE2000At10Hints [\d.]+/);
  expect(trained.code).toBe(0);
  const result = JSON.parse(trained.out);
  expect(result.config.hints).toBe(true);
  expect(result.best.metrics).toHaveProperty("deltaE2000At10Hints");

  expect((await autochrome(`export ${run} --out ${model}`)).code).toBe(0);
  expect((await autochrome(`info ${model}`)).out).toMatch(
    /predicts +a, b from L and colour hints \(CIE Lab\)/,
  );
  expect(JSON.parse((await autochrome(`info ${model} --json`)).out)).toMatchObject({
    hints: true,
    formatVersion: 2,
  });

  const hints = join(root, "hints.json");
  await writeFile(hints, '{"version":1,"hints":[{"x":0.5,"y":0.5,"color":"#b04030"}]}');
  for (const [name, flags] of [
    ["plain", ""],
    ["hinted", ` --hints ${hints}`],
  ]) {
    const out = join(root, `${name}.png`);
    const { code, err } = await autochrome(
      `colorize ${join(photos, "0.png")} --out ${out} --model ${model}${flags}`,
    );
    expect([err, code]).toEqual([expect.anything(), 0]);
    expect((await stat(out)).size).toBeGreaterThan(0);
  }
  const evaluated = await autochrome(`evaluate ${photos} --model ${model} --json`);
  expect(JSON.parse(evaluated.out).photos).toBe(5);
});

it("says that hints are of space lab", async () => {
  const { code, err } = await autochrome(`train ${join(root, "photos")} ${TINY} --hints --space rgb`);
  expect(err).toMatch(/hints are colours without lightness, a and b, which only space lab has/);
  expect(code).toBe(2);
});
