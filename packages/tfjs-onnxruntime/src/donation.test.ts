import { expect, it } from "vitest";
import { type Block, planDonations } from "./donation.ts";
import type { OnnxNode } from "./onnx/index.ts";

const block = (name: string, size = 1 << 16): Block => ({ name, dtype: "float32", size });
const node = (op: string, inputs: string[], output: string): OnnxNode => ({ op, inputs, outputs: [output] });

// Adam's first moment and weight, and a gradient that reads the weight apart from its update.
const nodes = [
  node("Mul", ["m", "beta"], "t"),
  node("Add", ["t", "g"], "m2"),
  node("Sub", ["w", "m2"], "w2"),
  node("Mul", ["w", "g"], "dx"),
];

it("gives an output the memory of an input that was read before", () => {
  expect(planDonations(nodes, [block("m2")], [block("m")])).toEqual([0]);
});

it("keeps an input that something else may read later, or the very node that computes the output", () => {
  expect(planDonations(nodes, [block("w2")], [block("w")])).toEqual([-1]);
  expect(planDonations(nodes.slice(0, 3), [block("w2")], [block("w")])).toEqual([-1]);
});

it("gives each input once, only where type and size agree, and not for little", () => {
  expect(planDonations(nodes, [block("m2"), block("w2")], [block("m")])).toEqual([0, -1]);
  expect(planDonations(nodes, [block("m2")], [block("m", 1 << 17)])).toEqual([-1]);
  expect(planDonations(nodes, [block("m2")], [{ ...block("m"), dtype: "int32" }])).toEqual([-1]);
  expect(planDonations(nodes, [block("m2", 100)], [block("m", 100)])).toEqual([-1]);
});

it("gives the memory of an input that nothing reads", () => {
  expect(planDonations(nodes, [block("w2")], [block("unread")])).toEqual([0]);
});
