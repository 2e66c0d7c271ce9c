/**
 * Running the graph of a compiled function again.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "./backend.ts";
import { makeNode, type ValueNode } from "./graph.ts";
import {
  type CompiledResult,
  form,
  nodeOf,
  type Output,
  type Recording,
  shared,
  tensorOf,
} from "./recording.ts";

/** The nodes that stand for the leaves in this call, or null where the graph was compiled for other forms. */
export function leavesNow(
  backend: OnnxRuntimeBackend,
  recording: Recording,
  args: readonly tf.Tensor[],
): ValueNode[] | null {
  if (recording.program.isDisposed) return null;
  const leaves: ValueNode[] = [];
  for (const [slot, source] of recording.sources.entries()) {
    let node: ValueNode;
    if (source.kind === "constant") node = source.node;
    else if (source.kind === "variable") {
      if (source.variable.isDisposed) return null;
      node = nodeOf(backend, source.variable);
    } else {
      const argument = args[source.index];
      node = nodeOf(backend, argument);
      // Of a fill the graph needs the values. A variable's are kept from being written over in this call.
      if (node.fill !== null || argument instanceof tf.Variable)
        node = makeNode(node.shape, node.dtype, { value: shared(node) });
    }
    if (form(node) !== recording.forms[slot]) return null;
    leaves.push(node);
  }
  return leaves;
}

/** Runs the graph on these leaves, assigns its variables and returns what the function would. */
export function replay(
  backend: OnnxRuntimeBackend,
  recording: Recording,
  leaves: readonly ValueNode[],
): CompiledResult {
  const { computed, results, assigned } = recording;
  let returned: tf.Tensor[] = [];
  backend.execution.replay(recording.program, leaves, recording.donors, (values) => {
    const made = values.map((value, i) => tensorOf(backend, computed[i], value));
    const tensorAt = (output: Output): tf.Tensor =>
      output.kind === "computed"
        ? made[output.index]
        : tensorOf(backend, leaves[output.index], shared(leaves[output.index]));
    const handedOut = new Set<tf.Tensor>();
    returned = results.map((output) => {
      const tensor = tensorAt(output);
      if (!handedOut.has(tensor)) {
        handedOut.add(tensor);
        return tensor;
      }
      return tf.clone(tensor);
    });
    for (const { variable, output } of assigned) {
      const tensor = tensorAt(output);
      variable.assign(tensor);
      if (!handedOut.has(tensor)) tensor.dispose();
    }
  });
  return recording.rebuild(returned);
}
