import { ARITHMETIC } from "./arithmetic.ts";
import { CONVOLUTION } from "./conv.ts";
import { CROPPING } from "./crop.ts";
import { EINSUM } from "./einsum.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { INDEXING } from "./indexing.ts";
import type { Kernel } from "./kernel.ts";
import { PRODUCT } from "./matmul.ts";
import { NORMALIZATION } from "./norm.ts";
import { PARTS } from "./parts.ts";
import { POOLING } from "./pool.ts";
import { REDUCE } from "./reduce.ts";
import { RESIZING } from "./resize.ts";
import { SCAN } from "./scan.ts";
import { SCATTER } from "./scatter.ts";
import { SHAPE } from "./shape.ts";
import { SPACE } from "./space.ts";

/** Every kernel that this backend lowers to ONNX. */
export const LOWERED_KERNELS: readonly Kernel[] = [
  ...ELEMENTWISE,
  ...SHAPE,
  ...PARTS,
  ...REDUCE,
  ...INDEXING,
  ...PRODUCT,
  ...CONVOLUTION,
  ...POOLING,
  ...NORMALIZATION,
  ...RESIZING,
  ...CROPPING,
  ...SPACE,
  ...EINSUM,
  ...SCAN,
  ...SCATTER,
  ...ARITHMETIC,
];
