/** Floats as 8-bit whole numbers and scales: value = data * scale, with one scale for all that share a channel. */
export interface Quantized {
  data: Int8Array;
  scales: Float32Array;
  /** The dims of the values, 1 along every axis on which channels do not lie. */
  scaleDims: readonly number[];
}

/** Symmetric: -128 is not used, so that zero and a value's negative are as exact as the value. */
const LARGEST = 127;

/**
 * Rounds finite floats to 8 bits. No value moves by more than half its channel's scale, which is the channel's largest
 * magnitude / 127; what was read from such a file comes out as it was.
 *
 * @param values row-major
 * @param channelAxes axes whose positions get scales of their own, such as a filter's outputs
 */
export function quantize(
  values: Float32Array,
  dims: readonly number[],
  channelAxes: readonly number[],
): Quantized {
  const scaleDims = dims.map((dim, axis) => (channelAxes.includes(axis) ? dim : 1));
  const channels = channelOf(dims, scaleDims);
  const scales = new Float32Array(scaleDims.reduce((product, dim) => product * dim, 1));
  // Plain loops: networks have tens of millions of weights, and a callback for each takes ten times as long.
  for (let i = 0; i < values.length; i += 1) {
    const magnitude = Math.abs(values[i]);
    if (magnitude > scales[channels[i]]) scales[channels[i]] = magnitude;
  }
  for (let channel = 0; channel < scales.length; channel += 1) scales[channel] /= LARGEST;
  const data = new Int8Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const scale = scales[channels[i]];
    // The scale of tiny values may have been rounded down, to 0 even.
    if (scale > 0) data[i] = Math.max(-LARGEST, Math.min(LARGEST, Math.round(values[i] / scale)));
  }
  return { data, scales, scaleDims };
}

/** The floats that 8-bit numbers stand for, to the last bit what `Mul(Cast(data), scales)` computes. */
export function dequantize({ data, scales, scaleDims }: Quantized, dims: readonly number[]): Float32Array {
  const channels = channelOf(dims, scaleDims);
  const values = new Float32Array(data.length);
  for (let i = 0; i < data.length; i += 1) values[i] = data[i] * scales[channels[i]];
  return values;
}

/** For every element of row-major `dims` the element of `scaleDims` that broadcasting puts beside it. */
function channelOf(dims: readonly number[], scaleDims: readonly number[]): Uint32Array {
  let channels = new Uint32Array(1);
  let stride = 1;
  // From the innermost axis outwards, each repeating what lies within it.
  for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
    const inner = channels;
    channels = new Uint32Array(inner.length * dims[axis]);
    for (let i = 0; i < dims[axis]; i += 1) {
      const offset = scaleDims[axis] === 1 ? 0 : i * stride;
      const start = i * inner.length;
      for (let j = 0; j < inner.length; j += 1) channels[start + j] = inner[j] + offset;
    }
    stride *= scaleDims[axis];
  }
  return channels;
}
