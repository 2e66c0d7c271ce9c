import type * as tf from "@tensorflow/tfjs-core";

/** How the values of an input are drawn; all are fixed by the case's name. */
export type ValueKind =
  /** Uniform in [-1, 1). */
  | "signed"
  /** Uniform in [0.3, 1.5). */
  | "positive"
  /** Multiples of 0.05 shifted off zero, all different: no small change crosses a kink of abs, relu or max. */
  | "spread"
  /** Whole numbers from 0 below `below`, int32. */
  | "index"
  /** 0 or 1, bool. */
  | "bool";

export interface InputSpec {
  shape: number[];
  kind: ValueKind;
  below?: number;
}

export type Output = tf.Tensor | tf.Tensor[];

export interface OpCase {
  name: string;
  inputs: InputSpec[];
  run(...inputs: tf.Tensor[]): Output;
  /** False where TensorFlow.js has no gradient, or its own differs from the derivative (default true). */
  gradient?: boolean;
  /** False where the cpu backend's own gradient is wrong: only finite differences judge then (default true). */
  cpuGradient?: boolean;
  /** False where the cpu backend cannot compute the results themselves: only finite differences judge. */
  cpu?: boolean;
  /** False where the result is no function that finite differences can follow (default true). */
  finiteDifferences?: boolean;
  /** True for ops that networks here do not need in a training step: they may run on the fallback. */
  mayFallBack?: boolean;
}

export const signed = (...shape: number[]): InputSpec => ({ shape, kind: "signed" });
export const positive = (...shape: number[]): InputSpec => ({ shape, kind: "positive" });
export const spread = (...shape: number[]): InputSpec => ({ shape, kind: "spread" });
export const bool = (...shape: number[]): InputSpec => ({ shape, kind: "bool" });
export const index = (below: number, ...shape: number[]): InputSpec => ({ shape, kind: "index", below });

/** Marks cases without a gradient to check. */
export function forwardOnly(cases: OpCase[]): OpCase[] {
  return cases.map((entry) => ({ ...entry, gradient: false }));
}

/** Marks cases that may run on the TensorFlow.js cpu kernels. */
export function optional(cases: OpCase[]): OpCase[] {
  return cases.map((entry) => ({ ...entry, mayFallBack: true }));
}
