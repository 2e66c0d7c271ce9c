import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { HashRows } from "./hash-rows.ts";

it("keeps each value once, by number, like a Set does, however many", () => {
  const rows = new HashRows();
  const set = new Set<string>();
  for (let i = 0; i < 9000; i++) {
    // Every value comes up to three times.
    const hash = createHash("sha256")
      .update(`${(i * 7919) % 4000}`)
      .digest("hex");
    expect(rows.add(hash)).toBe(!set.has(hash));
    set.add(hash);
  }
  expect(rows.length).toBe(4000);
  expect(Array.from({ length: 4000 }, (_, i) => rows.at(i))).toEqual([...set]);
});

it("tells apart values that begin alike", () => {
  const rows = new HashRows();
  const like = (end: string) => `${"0".repeat(62)}${end}`;
  expect([like("01"), like("02"), like("01")].map((hash) => rows.add(hash))).toEqual([true, true, false]);
  expect(rows.at(1)).toBe(like("02"));
});
