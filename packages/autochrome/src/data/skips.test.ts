import { expect, it } from "vitest";
import { AutochromeError } from "../errors.ts";
import { Skips } from "./skips.ts";

const failure = (i: number) => new AutochromeError(`photo ${i} is gone`);

it("lets scattered failures pass and gives up when half of those read last have failed", () => {
  const told: string[] = [];
  const skips = new Skips(({ path }) => told.push(path));
  for (let i = 0; i < 3000; i++) {
    if (i % 3 === 0) skips.add(`${i}`, failure(i));
    else skips.addRead();
    skips.requireFew();
  }
  expect(told).toHaveLength(1000);
  let i = 3000;
  expect(() => {
    for (; i < 4000; i++) {
      skips.add(`${i}`, failure(i));
      skips.requireFew();
    }
  }).toThrow(/100 of the last 200 photos could not be read \(the last: photo 3\d\d\d is gone\).*--resume/);
  // A third of 200 had failed before; each further failure pushes out one of that mixture.
  expect(i - 3000).toBeLessThan(60);
});

it("tells once of an error that stands for many photos", () => {
  const told: string[] = [];
  const skips = new Skips(({ path }) => told.push(path));
  const shared = failure(0);
  for (let i = 0; i < 50; i++) skips.add(`${i}`, shared);
  expect(told).toEqual(["0"]);
  skips.requireFew();
});
