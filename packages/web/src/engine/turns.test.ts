import { describe, expect, it } from "vitest";
import { Newest, nextTurn, Turns } from "./turns.ts";

describe("Turns", () => {
  it("runs one job after the other, after a failed one too", async () => {
    const turns = new Turns();
    const order: string[] = [];
    const job = (name: string, fails = false) =>
      turns.run(async () => {
        order.push(`${name} begins`);
        await nextTurn();
        order.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const results = await Promise.allSettled([job("a"), job("b", true), job("c")]);
    expect(order).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });
});

describe("Newest", () => {
  it("tells calls that a newer one of the same name overtook", () => {
    const newest = new Newest<string>();
    const first = newest.begin("a");
    const other = newest.begin("b");
    expect(first).not.toThrow();
    const second = newest.begin("a");
    expect(first).toThrow(expect.objectContaining({ code: "SUPERSEDED" }));
    expect(second).not.toThrow();
    expect(other).not.toThrow();
  });
});

it("nextTurn resolves each of several that wait", async () => {
  await Promise.all([nextTurn(), nextTurn(), nextTurn()]);
});
