/**
 * Which charts there are.
 */
import { formatPercent, formatValue } from "./format.ts";

export interface ChartColumn {
  name: string;
  /** Told in the legend where a chart has several. */
  label: string;
  dashed?: boolean;
}

export interface ChartSpec {
  title: string;
  /** One line of help: what it is, and where it should go. */
  hint: string;
  source: "metrics" | "validation";
  columns: readonly ChartColumn[];
  format: (value: number | null | undefined) => string;
  /** Never drawn on a logarithmic axis. */
  linear?: boolean;
  /** A line to compare with. */
  target?: number;
  /** Left out where no run has it. */
  optional?: boolean;
}

export interface ChartGroup {
  title: string;
  charts: readonly ChartSpec[];
}

const one = (name: string): ChartColumn[] => [{ name, label: "" }];

export const CHART_GROUPS: readonly ChartGroup[] = [
  {
    title: "Losses",
    charts: [
      {
        title: "L1",
        hint: "Mean distance of painted colour from the true one. Falls.",
        source: "metrics",
        columns: one("l1"),
        format: formatValue,
      },
      {
        title: "Generator",
        hint: "What the generator minimizes: λ · L1 plus the adversarial loss.",
        source: "metrics",
        columns: one("generator"),
        format: formatValue,
      },
      {
        title: "Adversarial",
        hint: "The generator's part for fooling the discriminator. Should neither vanish nor run away.",
        source: "metrics",
        columns: one("adversarial"),
        format: formatValue,
      },
      {
        title: "Discriminator",
        hint: "What the discriminator minimizes, halved. Near 0: it wins.",
        source: "metrics",
        columns: one("discriminator"),
        format: formatValue,
      },
    ],
  },
  {
    title: "Validation",
    charts: [
      {
        title: "ΔE2000",
        hint: "Mean colour difference from the true photo. Lower is better.",
        source: "validation",
        columns: one("deltaE2000"),
        format: formatValue,
      },
      {
        title: "ΔE2000 at 10 hints",
        hint: "The same where ten of the photo's colours are shown to a network that takes hints. Below ΔE2000.",
        source: "validation",
        columns: one("deltaE2000At10Hints"),
        format: formatValue,
        optional: true,
      },
      {
        title: "Hue accuracy",
        hint: "Share of coloured pixels painted in about the right hue. Higher is better.",
        source: "validation",
        columns: one("hueAccuracy"),
        format: formatPercent,
        linear: true,
      },
      {
        title: "Colourfulness ratio",
        hint: "As colourful as the true photo at 1, gray at 0.",
        source: "validation",
        columns: one("colourfulnessRatio"),
        format: formatValue,
        linear: true,
        target: 1,
      },
      {
        title: "PSNR (dB)",
        hint: "Peak signal-to-noise ratio of the painted photo. Higher is better.",
        source: "validation",
        columns: one("psnr"),
        format: formatValue,
        linear: true,
      },
      {
        title: "Score",
        hint: "What the best checkpoint is chosen by. Higher is better; gray is -1.",
        source: "validation",
        columns: one("score"),
        format: formatValue,
        linear: true,
      },
    ],
  },
  {
    title: "Balance",
    charts: [
      {
        title: "Discriminator accuracy",
        hint: "Share of patches judged rightly. Both near 100%: it wins; both near 50%: it guesses.",
        source: "metrics",
        columns: [
          { name: "realAccuracy", label: "real" },
          { name: "fakeAccuracy", label: "painted", dashed: true },
        ],
        format: formatPercent,
        linear: true,
        target: 0.5,
      },
      {
        title: "Chroma spread",
        hint: "How far colours spread within photos, painted over true. Near 0 is sepia.",
        source: "metrics",
        columns: one("chromaSpread"),
        format: formatValue,
        linear: true,
        target: 1,
      },
      {
        title: "Chroma variety",
        hint: "How much photos differ from each other, painted over true. Near 0 is mode collapse.",
        source: "metrics",
        columns: one("chromaVariety"),
        format: formatValue,
        linear: true,
        target: 1,
      },
    ],
  },
  {
    title: "Gradients",
    charts: [
      {
        title: "Gradient norms",
        hint: "Length of each network's gradient, before clipping. Bursts go before trouble.",
        source: "metrics",
        columns: [
          { name: "generatorGradient", label: "G" },
          { name: "discriminatorGradient", label: "D", dashed: true },
        ],
        format: formatValue,
        optional: true,
      },
      {
        title: "R1 penalty",
        hint: "How steep the discriminator is at real photos, in steps that penalize it.",
        source: "metrics",
        columns: one("r1"),
        format: formatValue,
        optional: true,
      },
    ],
  },
  {
    title: "Speed and learning rates",
    charts: [
      {
        title: "Images a second",
        hint: "Crops through the whole training step.",
        source: "metrics",
        columns: one("imagesPerSecond"),
        format: formatValue,
        linear: true,
      },
      {
        title: "Waiting for photos",
        hint: "Share of the time that the network waits for decoding. Should stay below 5%.",
        source: "metrics",
        columns: one("waitFraction"),
        format: formatPercent,
        linear: true,
      },
      {
        title: "Learning rates",
        hint: "By schedule, and by what monitors made of them.",
        source: "metrics",
        columns: [
          { name: "generatorLearningRate", label: "G" },
          { name: "discriminatorLearningRate", label: "D", dashed: true },
        ],
        format: formatValue,
        linear: true,
      },
    ],
  },
];
