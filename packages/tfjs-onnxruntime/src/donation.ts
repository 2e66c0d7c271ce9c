import type { GraphType } from "./graph.ts";
import type { OnnxNode } from "./onnx/index.ts";

/** A value of the graph by name, with what must agree for two to share memory. */
export interface Block {
  readonly name: string;
  readonly dtype: GraphType;
  readonly size: number;
}

/** Below this many elements, memory is not worth the trouble. */
const SMALLEST = 1 << 14;

/**
 * Which inputs can give their memory to which outputs: all that read such an input must come before what computes the
 * output. So Adam's moments are written where the old ones lay; weights are not, since the gradient of a layer's input
 * may read them after their own update.
 *
 * @param dying inputs whose values nobody needs afterwards
 * @returns for each output the position of its input in `dying`, or -1
 */
export function planDonations(
  nodes: readonly OnnxNode[],
  outputs: readonly Block[],
  dying: readonly Block[],
): number[] {
  const producers = new Map<string, OnnxNode>();
  const readers = new Map<string, OnnxNode[]>(dying.map(({ name }) => [name, []]));
  for (const node of nodes) {
    for (const name of node.outputs) producers.set(name, node);
    for (const name of node.inputs) readers.get(name)?.push(node);
  }
  const taken = new Set<number>();
  return outputs.map(({ name, dtype, size }) => {
    if (size < SMALLEST) return -1;
    const producer = producers.get(name);
    if (!producer) return -1;
    const before = ancestors(producer, producers);
    const donor = dying.findIndex(
      (input, i) =>
        !taken.has(i) &&
        input.dtype === dtype &&
        input.size === size &&
        readers.get(input.name)?.every((reader) => before.has(reader)),
    );
    if (donor >= 0) taken.add(donor);
    return donor;
  });
}

/** Every node that must run before this one. */
function ancestors(node: OnnxNode, producers: ReadonlyMap<string, OnnxNode>): ReadonlySet<OnnxNode> {
  const found = new Set<OnnxNode>();
  const open = [node];
  for (let current = open.pop(); current; current = open.pop()) {
    for (const name of current.inputs) {
      const producer = producers.get(name);
      if (producer && !found.has(producer)) {
        found.add(producer);
        open.push(producer);
      }
    }
  }
  return found;
}
