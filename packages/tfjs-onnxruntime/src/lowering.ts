import { graphError, nodeName } from "./failure.ts";
import type { GraphType, OpNode, Traversal, ValueNode } from "./graph.ts";
import { isFlat, type Layout, physicalDims, sizeOf, transposition } from "./layout.ts";
import type { ElementType, OnnxAttribute, OnnxNode, OnnxTensor } from "./onnx/index.ts";

/**
 * An ONNX value that stands for a node. Its logical sizes `dims` may be 1 where the node's are larger:
 * broadcasting is put off until somebody needs the whole.
 */
export interface Form {
  readonly name: string;
  readonly layout: Layout;
  readonly dims: readonly number[];
}

export interface LoweringOptions {
  /**
   * True where the graph is to serve other sizes than those it was traced with: nothing may then depend on
   * them that need not.
   */
  openSizes?: boolean;
  /** Keeps to ONNX's own operators: those that ONNX Runtime adds exist on its cpu, and not on every device. */
  isStandard?: boolean;
}

/** Collects the ONNX nodes of one graph while its operations are lowered, in order. */
export class Lowering {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly #forms = new Map<ValueNode, Form[]>();
  readonly #constants = new Map<string, string>();
  /** Results by what computes them. */
  readonly #computed = new Map<string, readonly string[]>();
  #names = 0;
  /** What the nodes emitted now are called, so that the runtime's complaints name an operation. */
  #label = "";

  readonly openSizes: boolean;
  readonly #isStandard: boolean;

  constructor(
    traversal: Traversal,
    leafName: (leaf: ValueNode, slot: number) => Form,
    { openSizes = false, isStandard = false }: LoweringOptions = {},
  ) {
    this.openSizes = openSizes;
    this.#isStandard = isStandard;
    traversal.leaves.forEach((leaf, slot) => {
      if (leaf.fill === null) this.#forms.set(leaf, [leafName(leaf, slot)]);
      else {
        const name = this.scalar(leaf.fill, leaf.dtype, leaf.shape.length);
        this.#forms.set(leaf, [{ name, layout: "", dims: leaf.shape.map(() => 1) }]);
      }
    });
    for (const op of traversal.ops) {
      this.#label = openSizes ? op.kernel.name : nodeName(op);
      try {
        op.kernel.lower(this, op);
      } catch (cause) {
        throw graphError(cause, traversal.ops, op);
      }
    }
  }

  /** Adds a node with one result and returns that result's name. */
  emit(
    op: string,
    inputs: readonly string[],
    attributes?: Record<string, OnnxAttribute>,
    domain?: string,
  ): string {
    return this.emitMany(op, inputs, 1, attributes, domain)[0];
  }

  /** Adds a node, unless one that computes the same is there already. */
  emitMany(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes?: Record<string, OnnxAttribute>,
    domain?: string,
  ): readonly string[] {
    const key = `${op}(${inputs.join()})${count}${attributesKey(attributes)}`;
    const known = this.#computed.get(key);
    if (known) return known;
    const outputs: string[] = [];
    for (let i = 0; i < count; i += 1) {
      outputs.push(`t${this.#names}`);
      this.#names += 1;
    }
    // The runtime refuses two nodes of one name.
    this.nodes.push({ name: `${this.#label} ${outputs[0]}`, op, inputs, outputs, attributes, domain });
    this.#computed.set(key, outputs);
    return outputs;
  }

  /** Declares what stands for a result of `op`; `dims` defaults to its full logical shape. */
  set(node: ValueNode, name: string, layout: Layout = "", dims: readonly number[] = node.shape): void {
    const forms = this.#forms.get(node);
    const form: Form = { name, layout, dims };
    if (forms) forms.push(form);
    else this.#forms.set(node, [form]);
  }

  forms(node: ValueNode): readonly Form[] {
    const forms = this.#forms.get(node);
    if (!forms) throw new Error("internal: a value was used before it was lowered");
    return forms;
  }

  /** The name of the whole value (nothing left to broadcast) in the given layout. */
  get(node: ValueNode, layout: Layout = ""): string {
    return this.#expanded(node, this.form(node, layout));
  }

  /** The value in the given layout, perhaps not yet broadcast. */
  form(node: ValueNode, layout: Layout = ""): Form {
    const forms = this.forms(node);
    const exact = forms.find((form) => form.layout === layout);
    if (exact) return exact;
    const from = forms[0];
    const converted: Form = {
      name: this.#relayout(from, layout, node.shape.length),
      layout,
      dims: from.dims,
    };
    this.set(node, converted.name, layout, from.dims);
    return converted;
  }

  /**
   * The value ready for an element-wise operation whose result has `rank` axes stored in `layout`:
   * a shorter shape is padded with ones in front, as broadcasting has it.
   */
  broadcastable(node: ValueNode, rank: number, layout: Layout): string {
    if (sizeOf(node.shape) === 1 || this.forms(node)[0].dims.every((dim) => dim === 1)) {
      const form = this.forms(node)[0];
      return node.shape.length <= rank ? form.name : this.reshape(form.name, []);
    }
    if (layout === "" || node.shape.length === rank) return this.form(node, layout).name;
    const form = this.form(node, "");
    const padded = [...new Array<number>(rank - form.dims.length).fill(1), ...form.dims];
    const shaped = this.reshape(form.name, padded);
    return this.#relayout({ name: shaped, layout: "", dims: padded }, layout, rank);
  }

  reshape(name: string, dims: readonly number[]): string {
    return this.emit("Reshape", [name, this.int64(dims)], { allowzero: { i: 1 } });
  }

  /** To sizes of which 0 is the input's of that axis, and one may be -1: what is left. */
  reshapeOpen(name: string, dims: readonly number[]): string {
    return this.emit("Reshape", [name, this.int64(dims)]);
  }

  transpose(name: string, perm: readonly number[]): string {
    return perm.every((axis, i) => axis === i)
      ? name
      : this.emit("Transpose", [name], { perm: { is: perm } });
  }

  /** Products of the matrices that [batch, rows, columns] hold, one of them perhaps transposed. */
  product(a: string, b: string, transposed: "a" | "b"): string {
    if (!this.#isStandard) {
      const attribute = transposed === "a" ? "transA" : "transB";
      return this.emit("FusedMatMul", [a, b], { [attribute]: { i: 1 } }, "com.microsoft");
    }
    const turn = (name: string) => this.transpose(name, [0, 2, 1]);
    return this.emit("MatMul", transposed === "a" ? [turn(a), b] : [a, turn(b)]);
  }

  int64(values: readonly number[]): string {
    const key = `i64:${values.join(",")}`;
    return this.#constant(key, "int64", [values.length], () => {
      const data = new BigInt64Array(values.map((value) => BigInt(value)));
      return new Uint8Array(data.buffer);
    });
  }

  /** A constant of one element with `rank` axes. */
  scalar(value: number, dtype: GraphType, rank = 0): string {
    const key = `${dtype}:${Object.is(value, -0) ? "-0" : value}:${rank}`;
    return this.#constant(key, dtype, new Array<number>(rank).fill(1), () => {
      if (dtype === "float32") return new Uint8Array(new Float32Array([value]).buffer);
      if (dtype === "int32") return new Uint8Array(new Int32Array([value]).buffer);
      return new Uint8Array([value ? 1 : 0]);
    });
  }

  /** A constant; with a key that tells its values, it is made once. */
  float32(values: Float32Array | (() => Float32Array), dims: readonly number[], key?: string): string {
    return this.#constant(`f32:${key ?? this.initializers.length}:${dims.join()}`, "float32", dims, () => {
      const { buffer, byteOffset, byteLength } = typeof values === "function" ? values() : values;
      return new Uint8Array(buffer, byteOffset, byteLength);
    });
  }

  #constant(key: string, type: ElementType, dims: readonly number[], data: () => Uint8Array): string {
    let name = this.#constants.get(key);
    if (name === undefined) {
      name = `c${this.initializers.length}`;
      this.initializers.push({ name, type, dims, data: data() });
      this.#constants.set(key, name);
    }
    return name;
  }

  #relayout(from: Form, layout: Layout, rank: number): string {
    if (from.layout === layout) return from.name;
    if (isFlat(from.dims) && !this.openSizes) return this.reshape(from.name, physicalDims(from.dims, layout));
    return this.transpose(from.name, transposition(from.layout, layout, rank));
  }

  #expanded(node: ValueNode, form: Form): string {
    if (form.dims.every((dim, axis) => dim === node.shape[axis])) return form.name;
    const name = this.emit("Expand", [form.name, this.int64(physicalDims(node.shape, form.layout))]);
    // All forms of a value share their sizes, so the shorter ones are forgotten here.
    this.#forms.set(node, [{ name, layout: form.layout, dims: node.shape }]);
    return name;
  }

  /** The form in which `op`'s result is handed out: whole, in whatever layout it was computed. */
  result(node: ValueNode): Form {
    this.#label = node.op === null ? "" : nodeName(node.op);
    const form = this.forms(node)[0];
    const name = this.#expanded(node, form);
    return { name, layout: form.layout, dims: node.shape };
  }
}

function attributesKey(attributes: Record<string, OnnxAttribute> = {}): string {
  // Not JSON, which takes NaN and the infinities for one.
  return Object.entries(attributes)
    .map(
      ([name, value]) => `${name}=${Object.values(value).map((v) => (Object.is(v, -0) ? "-0" : String(v)))}`,
    )
    .join(";");
}

/** The layout in which an operation over these inputs moves the fewest bytes. */
export function commonLayout(lowering: Lowering, inputs: readonly ValueNode[], rank: number): Layout {
  if (rank !== 4) return "";
  const votes = new Map<Layout, number>();
  for (const input of inputs) {
    if (input.shape.length !== 4) continue;
    const forms = lowering.forms(input);
    if (isFlat(forms[0].dims)) continue;
    for (const form of forms) {
      const weight = sizeOf(form.dims) + (form.layout === "" ? 0 : 0.5);
      votes.set(form.layout, (votes.get(form.layout) ?? 0) + weight);
    }
  }
  let best: Layout = "";
  let most = 0;
  for (const [layout, weight] of votes) {
    if (weight > most) {
      best = layout;
      most = weight;
    }
  }
  return best;
}

/** Sizes of an element-wise result, given what is known of its operands' sizes. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const dims: number[] = [];
  for (let axis = 0; axis < rank; axis += 1) {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    dims.push(left === 1 ? right : left);
  }
  return dims;
}

/** Emits an element-wise operation over broadcastable inputs in the layout that suits them best. */
export function lowerElementwise(
  lowering: Lowering,
  op: OpNode,
  build: (names: readonly string[]) => string,
): void {
  const output = op.outputs[0];
  const rank = output.shape.length;
  const layout = commonLayout(lowering, op.inputs, rank);
  const names = op.inputs.map((input) => lowering.broadcastable(input, rank, layout));
  let dims: readonly number[] = [];
  for (const input of op.inputs) dims = broadcastDims(dims, lowering.forms(input)[0].dims);
  while (dims.length < rank) dims = [1, ...dims];
  lowering.set(output, build(names), layout, dims);
}
