import * as tf from "@tensorflow/tfjs-core";
import { forwardOnly, type OpCase, signed, spread } from "./case.ts";

type Image = tf.Tensor4D;

function pools(): OpCase[] {
  const list: OpCase[] = [];
  for (const [filter, strides] of [
    [2, 2],
    [3, 2],
    [3, 1],
    [2, 1],
  ] as const) {
    for (const pad of ["same", "valid"] as const) {
      for (const size of [
        [6, 6],
        [7, 5],
      ] as const) {
        const name = `${size.join("x")} k${filter} s${strides} ${pad}`;
        list.push(
          {
            name: `maxPool ${name}`,
            inputs: [spread(2, ...size, 3)],
            run: (x: Image) => tf.maxPool(x, filter, strides, pad),
          },
          {
            name: `avgPool ${name}`,
            inputs: [signed(2, ...size, 3)],
            run: (x: Image) => tf.avgPool(x, filter, strides, pad),
            // Its gradient divides by the whole window where the pool divides by the part inside the image.
            cpuGradient: pad === "valid",
          },
        );
      }
    }
  }
  return list;
}

function dilatedPools(): OpCase[] {
  const list: OpCase[] = [];
  for (const type of ["max", "avg"] as const) {
    list.push({
      name: `${type} pool, dilated`,
      inputs: [spread(2, 9, 8, 2)],
      run: (x: Image) => tf.pool(x, [2, 2], type, "same", [2, 2]),
      // The gradient of a padded average pool is wrong there: see the pools.
      cpuGradient: type === "max",
    });
  }
  return list;
}

/** The last window reaches beyond the padding. */
function roundedUp(): OpCase[] {
  return [
    {
      name: "maxPool, sizes rounded up",
      inputs: [spread(2, 8, 7, 2)],
      gradient: false,
      run: (x: Image) => tf.maxPool(x, 3, 2, 0, "ceil"),
    },
    {
      name: "avgPool, sizes rounded up",
      inputs: [signed(2, 8, 7, 2)],
      gradient: false,
      run: (x: Image) => tf.avgPool(x, 3, 2, 0, "ceil"),
    },
  ];
}

function resizes(): OpCase[] {
  const list: OpCase[] = [];
  const sizes: [[number, number], [number, number]][] = [
    [
      [4, 4],
      [8, 8],
    ],
    [
      [3, 5],
      [7, 8],
    ],
    [
      [8, 9],
      [4, 5],
    ],
    [
      [1, 1],
      [3, 3],
    ],
    [
      [4, 4],
      [4, 4],
    ],
  ];
  for (const [from, to] of sizes) {
    for (const [alignCorners, halfPixelCenters] of [
      [false, false],
      [true, false],
      [false, true],
    ] as const) {
      const mode = alignCorners ? "aligned" : halfPixelCenters ? "half-pixel" : "plain";
      list.push(
        {
          name: `resizeNearestNeighbor ${from.join("x")} to ${to.join("x")} ${mode}`,
          inputs: [signed(2, ...from, 3)],
          run: (x: Image) => tf.image.resizeNearestNeighbor(x, to, alignCorners, halfPixelCenters),
          // Of several images, its gradient reads another's; with one pixel aligned, it never ends.
          cpuGradient: false,
        },
        {
          name: `resizeBilinear ${from.join("x")} to ${to.join("x")} ${mode}`,
          inputs: [signed(2, ...from, 3)],
          run: (x: Image) => tf.image.resizeBilinear(x, to, alignCorners, halfPixelCenters),
          // Its gradient swaps height and width, and knows no half-pixel centers.
          cpuGradient: from[0] === from[1] && !halfPixelCenters,
        },
      );
    }
  }
  list.push({
    name: "upSampling by 2, as Keras does it",
    inputs: [signed(1, 3, 3, 2)],
    run: (x: Image) => tf.image.resizeNearestNeighbor(x, [6, 6]),
  });
  return list;
}

function crops(): OpCase[] {
  const boxes = () =>
    tf.tensor2d([
      [0, 0, 1, 1],
      [0.1, 0.2, 0.7, 0.9],
      [-0.3, 0.4, 0.5, 1.4],
      [0.9, 0.8, 0.2, 0.1],
    ]);
  return (["bilinear", "nearest"] as const).flatMap((method) =>
    (
      [
        [4, 3],
        [1, 1],
        [9, 12],
      ] as [number, number][]
    ).map((size) => ({
      name: `cropAndResize ${method} to ${size.join("x")}`,
      gradient: false,
      inputs: [signed(2, 8, 7, 3)],
      run: (x: Image) =>
        tf.image.cropAndResize(x, boxes(), tf.tensor1d([1, 0, 1, 0], "int32"), size, method, 0.25),
    })),
  );
}

/** Pooling, resizing and what else works on images without a filter. */
export const IMAGE_CASES: OpCase[] = [
  ...pools(),
  ...dilatedPools(),
  ...roundedUp(),
  ...resizes(),
  {
    name: "depthToSpace",
    inputs: [signed(2, 3, 2, 8)],
    run: (x: Image) => tf.depthToSpace(x, 2),
    // TensorFlow.js has no gradient of it.
    cpuGradient: false,
  },
  {
    name: "local response normalization",
    inputs: [signed(2, 3, 4, 7)],
    run: (x: Image) => tf.localResponseNormalization(x, 2, 0.7, 0.9, 0.6),
  },
  ...forwardOnly([
    ...[false, true].map((batch) => ({
      name: `maxPoolWithArgmax${batch ? " counted through the batch" : ""}`,
      inputs: [spread(2, 7, 6, 3)],
      run: (x: Image) => {
        const { result, indexes } = tf.maxPoolWithArgmax(x, 3, 2, "same", batch);
        return [result, indexes];
      },
    })),
  ]),
  ...crops(),
];
