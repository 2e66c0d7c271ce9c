import type { OpNode, Value, ValueNode } from "./graph.ts";
import { permutation, physicalDims, sizeOf } from "./layout.ts";
import { ELEMENT_TYPE, type OnnxNode, type OnnxTensor, quantize, STORED_AS } from "./onnx/index.ts";
import { toFloat16 } from "./runtime/float16.ts";

/** How an exported file stores the weights; it computes in float32 whichever it is. */
export type WeightStorage = "float32" | "float16" | "int8";

/** Smaller constants stay float32: they weigh nothing, and norms and biases need their digits. */
const SMALLEST_ROUNDED = 1024;
/** A scale is as large as four weights. */
const FEWEST_WEIGHTS_A_SCALE = 8;

/** A constant as it is stored, and the nodes that make it float32 again. */
export interface StoredWeight {
  initializers: OnnxTensor[];
  nodes: OnnxNode[];
}

/**
 * Stores a constant such that `name` stands for it in the graph.
 *
 * The nodes depend on constants alone, and are of kinds that ONNX Runtime computes once as it loads a file, whatever
 * its options. `DequantizeLinear` is not: the runtime keeps it in the graph, to be merged into integer kernels, and
 * computes it at every run.
 *
 * @param users the operations that read the constant: of what they take for a kernel, every output channel gets its
 *   own 8-bit scale, and nothing else becomes 8-bit
 */
export function storeWeight(
  leaf: ValueNode,
  name: string,
  storage: WeightStorage,
  users: readonly OpNode[],
): StoredWeight {
  const { value } = leaf;
  if (!value) throw new Error("internal: a constant of the traced function has no value");
  const dims = physicalDims(leaf.shape, value.layout);
  const rounded = leaf.dtype === "float32" && sizeOf(leaf.shape) >= SMALLEST_ROUNDED ? storage : "float32";
  if (rounded === "float16") {
    const half = `${name}${STORED_AS.float16}`;
    return {
      initializers: [
        { name: half, type: "float16", dims, data: bytes(toFloat16(value.data as Float32Array)) },
      ],
      nodes: [cast(half, name)],
    };
  }
  const channels = rounded === "int8" ? channelAxes(leaf, value, users) : null;
  if (channels !== null) {
    const quantized = quantize(value.data as Float32Array, dims, channels);
    const [data, scales, floats] = [STORED_AS.int8, STORED_AS.scales, "_floats"].map((end) => name + end);
    return {
      initializers: [
        { name: data, type: "int8", dims, data: bytes(quantized.data) },
        { name: scales, type: "float32", dims: quantized.scaleDims, data: bytes(quantized.scales) },
      ],
      nodes: [cast(data, floats), { op: "Mul", inputs: [floats, scales], outputs: [name] }],
    };
  }
  return { initializers: [{ name, type: leaf.dtype, dims, data: bytes(value.data) }], nodes: [] };
}

/** The physical axes along which a kernel's output channels lie; null for what should not be rounded to 8 bits. */
function channelAxes(leaf: ValueNode, value: Value, users: readonly OpNode[]): number[] | null {
  const logical = users.map((op) => outputAxes(op, leaf)).find((axes) => axes !== null);
  if (logical === undefined || logical === null) return null;
  const channels = logical.reduce((product, axis) => product * leaf.shape[axis], 1);
  if (sizeOf(leaf.shape) < FEWEST_WEIGHTS_A_SCALE * channels) return null;
  // Those become NaN as whole numbers, and would spoil their whole channel.
  if (!(value.data as Float32Array).every(Number.isFinite)) return null;
  const order = permutation(value.layout, leaf.shape.length);
  return logical.map((axis) => order.indexOf(axis));
}

/** Which axes of a kernel tell apart what an operation yields. */
function outputAxes(op: OpNode, leaf: ValueNode): number[] | null {
  const rank = leaf.shape.length;
  switch (op.kernel.name) {
    case "Conv2D":
    case "FusedConv2D":
      return op.inputs[1] === leaf ? [3] : null;
    case "Conv2DBackpropInput":
      // A transposed convolution: [h, w, outputs, inputs].
      return op.inputs[1] === leaf ? [2] : null;
    case "DepthwiseConv2dNative":
    case "FusedDepthwiseConv2D":
    case "DepthwiseConv2dNativeBackpropInput":
      return op.inputs[1] === leaf ? [2, 3] : null;
    case "BatchMatMul":
    case "_FusedMatMul":
      if (op.inputs[1] === leaf) return [op.attrs.transposeB ? rank - 2 : rank - 1];
      return op.inputs[0] === leaf ? [op.attrs.transposeA ? rank - 1 : rank - 2] : null;
    default:
      return null;
  }
}

function cast(from: string, to: string): OnnxNode {
  return { op: "Cast", inputs: [from], outputs: [to], attributes: { to: { i: ELEMENT_TYPE.float32 } } };
}

function bytes(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
