import type { Interval } from "../evaluation/index.ts";
import type { WeightStorage } from "./onnx-network.ts";

/**
 * What storing a generator's weights in fewer bits changes on photos, measured: each the mean over photos with its
 * bootstrap 95% interval.
 */
export interface StorageLoss {
  weights: WeightStorage;
  photos: number;
  /** Metrics of the network as stored, less those of the same network in float32. */
  deltaE2000: Interval;
  psnr: Interval;
  hueAccuracy: Interval;
  /** ΔE2000 from the pictures of the float32 network to those of the stored one. */
  apart: Interval;
}

/** `ΔE2000 +0.003 [-0.001, 0.006], …`: what the command line prints and a card says. */
export function formatStorageLoss({ deltaE2000, psnr, hueAccuracy, apart }: StorageLoss): string {
  const signed = (value: number, digits: number) => {
    const text = value.toFixed(digits);
    if (Number(text) === 0) return text.replace("-", "");
    return value > 0 ? `+${text}` : text;
  };
  const interval = ({ mean, low, high }: Interval, digits: number) =>
    Number.isFinite(mean)
      ? `${signed(mean, digits)} [${signed(low, digits)}, ${signed(high, digits)}]`
      : "not measurable";
  return (
    `ΔE2000 ${interval(deltaE2000, 3)}, PSNR ${interval(psnr, 3)} dB, hue accuracy ${interval(hueAccuracy, 4)}; ` +
    `the pictures are ΔE2000 ${apart.mean.toFixed(3)} [${apart.low.toFixed(3)}, ${apart.high.toFixed(3)}] apart`
  );
}
