/** One line of the benchmark; add one here and it is run, printed and accepted by `--only`. */
export interface Workload {
  /** Key in the JSON document. */
  name: string;
  description: string;
  /** Height and width of the images. */
  size: number;
  /** Images in a batch. */
  batch: number;
  /**
   * Images in a batch for the tfjs `cpu` backend, which takes about half a minute per image at 64 pixels and whose
   * images/s hardly depend on the batch. Null leaves it out.
   */
  cpuBatch: number | null;
  /** Runs without being asked for with `--only`. */
  byDefault: boolean;
}

export const WORKLOADS: readonly Workload[] = [
  {
    name: "train64",
    description: "one GAN training step at 64x64, batch 16",
    size: 64,
    batch: 16,
    cpuBatch: 1,
    byDefault: true,
  },
  {
    name: "train128",
    description: "one GAN training step at 128x128, batch 8",
    size: 128,
    batch: 8,
    cpuBatch: null,
    byDefault: false,
  },
  {
    name: "train256",
    description: "one GAN training step at 256x256, batch 2",
    size: 256,
    batch: 2,
    cpuBatch: null,
    byDefault: false,
  },
];
