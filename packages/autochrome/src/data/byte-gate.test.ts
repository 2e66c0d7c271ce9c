import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteGate } from "./byte-gate.ts";

it("keeps what is held within the budget, in order, and lets a larger one in alone", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 30 }), async (sizes) => {
      const gate = new ByteGate(100);
      const entered: number[] = [];
      let users = 0;
      await Promise.all(
        sizes.map((size, i) =>
          gate.with(size, async () => {
            entered.push(i);
            users++;
            expect(gate.held <= 100 || gate.held - size === 0).toBe(true);
            await new Promise((resolve) => setTimeout(resolve, (7 * i) % 3));
            users--;
          }),
        ),
      );
      expect(entered).toEqual(sizes.map((_, i) => i));
      expect([gate.held, users]).toEqual([0, 0]);
    }),
    { seed: 1, numRuns: 30 },
  ));

it("gives the bytes back when the work fails", async () => {
  const gate = new ByteGate(10);
  const failing = gate.with(10, async () => {
    throw new Error("no");
  });
  const waiting = gate.with(10, async () => "in");
  await expect(failing).rejects.toThrow("no");
  expect(await waiting).toBe("in");
});
