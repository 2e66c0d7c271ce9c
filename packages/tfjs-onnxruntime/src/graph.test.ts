import { expect, test } from "vitest";
import { makeNode, type OpNode, structuralKey, traverse, type ValueNode } from "./graph.ts";
import type { Kernel } from "./kernels/kernel.ts";
import { NCHW } from "./layout.ts";

const KERNEL: Kernel = { name: "Test", inputs: null, infer: () => null, lower: () => {} };

function leaf(layout: "" | typeof NCHW = "", fill?: number): ValueNode {
  const value = { data: new Float32Array(4), layout, tensor: null, escaped: false };
  return makeNode([1, 2, 2, 1], "float32", fill === undefined ? { value } : { fill });
}

function apply(signature: number, ...inputs: ValueNode[]): ValueNode {
  const op: OpNode = { kernel: KERNEL, inputs, attrs: {}, signature, outputs: [], caller: "", mark: -1 };
  const node = makeNode([1, 2, 2, 1], "float32", { op });
  op.outputs.push(node);
  return node;
}

function keyOf(...outputs: ValueNode[]): string {
  return structuralKey(traverse(outputs), outputs);
}

test("producers come before consumers, each once", () => {
  const x = leaf();
  const a = apply(1, x);
  const b = apply(2, a, a);
  const c = apply(3, b, a);
  const { ops, leaves } = traverse([c, b]);
  expect(ops.map((op) => op.signature)).toEqual([1, 2, 3]);
  expect(leaves).toEqual([x]);
});

test("a long chain is walked without recursion", () => {
  let node = leaf();
  for (let i = 0; i < 50_000; i += 1) node = apply(1, node);
  expect(traverse([node]).ops).toHaveLength(50_000);
});

test("equal structures share a key, whatever their values", () => {
  const build = () => {
    const x = leaf();
    return apply(2, apply(1, x), x);
  };
  expect(keyOf(build())).toBe(keyOf(build()));
});

test("wiring, operation, layout, fill and choice of outputs all count", () => {
  const x = leaf();
  const y = leaf();
  const keys = [
    keyOf(apply(1, x, y)),
    keyOf(apply(1, x, x)),
    keyOf(apply(2, x, y)),
    keyOf(apply(1, leaf(NCHW), y)),
    keyOf(apply(1, leaf("", 0), y)),
    keyOf(apply(1, leaf("", 1), y)),
  ];
  const inner = apply(1, x, y);
  const outer = apply(2, inner);
  keys.push(keyOf(outer), keyOf(outer, inner), keyOf(inner, outer));
  expect(new Set(keys).size).toBe(keys.length);
});
