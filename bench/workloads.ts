import type { NetworkName } from "./networks.ts";

/** One line of the benchmark; add one here and it is run, printed and accepted by `--only`. */
export interface Workload {
  /** Key in the JSON document. */
  name: string;
  description: string;
  /** A training step of both networks, or a run of the exported generator. */
  kind: "train" | "infer";
  network: NetworkName;
  /** Height and width of the images. */
  size: number;
  /** Images in a batch. */
  batch: number;
  /** Steps in a turn; half as many with `--quick`. */
  stepsPerTurn: number;
  /**
   * Images in a batch for the tfjs `cpu` backend, which takes about half a minute per image at 64 pixels and whose
   * images/s hardly depend on the batch. Null leaves it out.
   */
  cpuBatch: number | null;
}

export const WORKLOADS: readonly Workload[] = [
  {
    name: "train64",
    description: "one GAN training step at 64x64, batch 16",
    kind: "train",
    network: "reference",
    size: 64,
    batch: 16,
    stepsPerTurn: 4,
    cpuBatch: 1,
  },
  {
    name: "train128",
    description: "one GAN training step at 128x128, batch 8",
    kind: "train",
    network: "reference",
    size: 128,
    batch: 8,
    stepsPerTurn: 4,
    cpuBatch: null,
  },
  {
    name: "train256",
    description: "one pix2pix training step (54 million weights) at 256x256, batch 1",
    kind: "train",
    network: "pix2pix",
    size: 256,
    batch: 1,
    stepsPerTurn: 3,
    cpuBatch: null,
  },
  {
    name: "infer256",
    description: "the exported generator on one photo of 256x256",
    kind: "infer",
    network: "reference",
    size: 256,
    batch: 1,
    stepsPerTurn: 16,
    cpuBatch: null,
  },
  {
    name: "infer512",
    description: "the exported generator on one photo of 512x512",
    kind: "infer",
    network: "reference",
    size: 512,
    batch: 1,
    stepsPerTurn: 8,
    cpuBatch: null,
  },
];
