import * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "./backend.ts";

type Assign = tf.Variable["assign"];

let original: Assign | null = null;

/** Number of the outermost `tidy` now open; steps of a training loop run in different ones. */
function outermostScope(): number | undefined {
  return tf.engine().state.scopeStack[0]?.id;
}

/**
 * A loop that trains without ever reading a value would record without end. A variable that is assigned
 * while the value that an earlier step gave it is still pending marks the start of another step: everything
 * recorded is run first, so that each graph is one step long and all steps share it.
 *
 * Within one outermost `tidy` a variable may be assigned repeatedly, as the moving averages of a batch
 * normalization are that a step applies more than once.
 */
export function flushBeforeReassignment(backend: OnnxRuntimeBackend): void {
  original ??= tf.Variable.prototype.assign;
  const assign = original;
  const assignments = new WeakMap<tf.Variable, { scope: number | undefined; flushes: number }>();
  tf.Variable.prototype.assign = function (this: tf.Variable, value) {
    if (tf.backend() === backend) {
      const scope = outermostScope();
      const last = assignments.get(this);
      // Not asked of the value itself: the flush below also computes the value about to be assigned, and
      // the next step would then be cut one variable later, giving every step a graph of its own.
      const earlierStep =
        last?.flushes === backend.execution.flushes && (scope === undefined || last.scope !== scope);
      // A compiled function is one step by its nature.
      if (earlierStep && !backend.execution.isTracing) backend.flush();
      assignments.set(this, { scope, flushes: backend.execution.flushes });
    }
    assign.call(this, value);
  } as Assign;
}
