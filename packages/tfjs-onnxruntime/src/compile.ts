import type * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "./backend.ts";
import { type CompiledResult, type Recording, record } from "./recording.ts";
import { getOnnxRuntimeBackend } from "./register.ts";
import { leavesNow, replay } from "./replay.ts";

export type { CompiledResult } from "./recording.ts";

/** A function that is traced at first and replayed from then on. */
export interface Compiled<Args extends readonly tf.Tensor[], Result extends CompiledResult> {
  (...args: Args): Result;
  /** Calls that ran the function itself so far. */
  traces(): number;
  /** Lets go of the graphs; the next call traces anew. */
  dispose(): void;
}

export interface CompileOptions {
  /**
   * What becomes of a function whose graph, or whose constants, differ from call to call: an error, or (false) it goes
   * on being traced in each call, as if it were not compiled. By default true.
   */
  strict?: boolean;
}

/** Calls after which a function that records another graph each time is given up. */
const MOST_TRACES = 8;

/** Signatures of arguments whose graphs are kept, those used last. */
const MOST_SIGNATURES = 16;

/**
 * Turns a function over tensors into one that runs as a whole: while its graph settles it is traced as any
 * other code, and once two calls in a row have recorded the same graph, further calls run that graph directly,
 * with no JavaScript per operation. Each signature of arguments (types, shapes) settles for itself.
 *
 * The function may read and assign variables, take gradients and apply optimizers: variables are read anew and
 * assigned in each call. Whatever else it does happens only while it is traced. Numbers and tensors made inside
 * are constants, so what changes from call to call (a learning rate, a random mask) has to come in as an
 * argument or through a variable. A tensor that two traces in a row make with different values is an error.
 *
 * @example
 * const step = compile((x: tf.Tensor2D, y: tf.Tensor2D) => optimizer.minimize(() => loss(x, y), true)!);
 * for (const [x, y] of batches) console.log(await step(x, y).data());
 *
 * @throws Error, when called, if the function reads a value, needs an operation without a lowering, keeps a
 *   tensor, makes tensors whose values change, or records another graph each time
 */
export function compile<Args extends readonly tf.Tensor[], Result extends CompiledResult>(
  fn: (...args: Args) => Result,
  { strict = true }: CompileOptions = {},
): Compiled<Args, Result> {
  const settling = new Map<string, Settling>();
  let traces = 0;
  let owner: OnnxRuntimeBackend | null = null;
  let isGivenUp = false;

  const dispose = (): void => {
    for (const { recording } of settling.values()) if (recording) owner?.execution.unpin(recording.program);
    settling.clear();
  };

  const keep = (signature: string, entry: Settling): void => {
    // A map keeps the order of insertion: what was used last stands last.
    settling.delete(signature);
    settling.set(signature, entry);
    for (const [oldest, { recording }] of settling) {
      if (settling.size <= MOST_SIGNATURES) break;
      owner?.execution.drop(recording.program);
      settling.delete(oldest);
    }
  };

  const compiled = (...args: Args): Result => {
    const backend = getOnnxRuntimeBackend();
    if (owner !== backend) dispose();
    owner = backend;
    if (backend.execution.isTracing || isGivenUp) return fn(...args);
    backend.flush();
    const signature = args.map((arg) => `${arg.dtype}${arg.shape.join("x")}`).join(",");
    const known = settling.get(signature);
    if (known?.isSettled) {
      const leaves = leavesNow(backend, known.recording, args);
      if (leaves) {
        keep(signature, known);
        return replay(backend, known.recording, leaves) as Result;
      }
    }
    // A first call differs from all later ones. Its graph goes before the next needs memory, too.
    const replace = (key: string): void => {
      if (known && known.recording.key !== key) backend.execution.drop(known.recording.program);
    };
    const { recording, result } = record(backend, fn as never, args, replace);
    traces += 1;
    backend.execution.pin(recording.program);
    if (known?.recording.key === recording.key) backend.execution.unpin(known.recording.program);
    keep(signature, { recording, isSettled: false, traces: (known?.traces ?? 0) + 1 });
    try {
      keep(signature, settle(known, recording));
    } catch (error) {
      if (strict) throw error;
      isGivenUp = true;
      dispose();
    }
    return result as Result;
  };
  return Object.assign(compiled, { traces: () => traces, dispose });
}

interface Settling {
  readonly recording: Recording;
  readonly isSettled: boolean;
  readonly traces: number;
}

function settle(known: Settling | undefined, recording: Recording): Settling {
  const traces = known && !known.isSettled ? known.traces + 1 : 1;
  const isSettled = known !== undefined && known.recording.key === recording.key;
  if (isSettled) assertSameConstants(known.recording, recording);
  if (!isSettled && traces >= MOST_TRACES) {
    throw new Error(
      `A compiled function recorded another graph in each of ${traces} calls. It must do the same operations every ` +
        "time: does an attribute (a shape, a slope) or a condition depend on a counter?",
    );
  }
  return { recording, isSettled, traces };
}

function assertSameConstants(before: Recording, now: Recording): void {
  now.sources.forEach((source, slot) => {
    const other = before.sources[slot];
    if (source.kind !== "constant" || other.kind !== "constant" || source.node === other.node) return;
    const [a, b] = [other.node.value?.data, source.node.value?.data];
    if (a === undefined || b === undefined || a.every((value, i) => Object.is(value, b[i]))) return;
    throw new Error(
      `A compiled function makes a ${source.node.dtype} tensor [${source.node.shape}] whose values differ from call ` +
        "to call (random numbers, a learning rate, a counter?). A replay would repeat the old ones: pass it in as " +
        "an argument, or keep it in a variable that is assigned before the call.",
    );
  });
}
