import type { BinaryConfusion } from "./classification.ts";
import type { DiscriminatorReport, ThresholdReport } from "./discriminator.ts";
import { formatNumber } from "./format.ts";
import { escapeHtml } from "./html.ts";
import { calibrationChart, legend, rocChart } from "./report-charts.ts";
import { percent } from "./report-figures.ts";

/** Verdict, confusion matrices, scores, ROC and calibration of a discriminator. */
export function discriminatorSection(discriminator: DiscriminatorReport | null): string {
  if (!discriminator) return `<p class="soft">No discriminator lies beside this network.</p>`;
  const { perImage, perPatch, verdict } = discriminator;
  const smoothed = perImage.balanced.threshold !== perImage.threshold;
  const rows = [
    decisionRow("per image", perImage, perImage.rocAuc),
    smoothed ? decisionRow("per image", perImage.balanced, perImage.rocAuc) : "",
    decisionRow("per patch", perPatch, perPatch.rocAuc),
    smoothed ? decisionRow("per patch", perPatch.balanced, perPatch.rocAuc) : "",
  ];
  const curves = [
    { name: "per image", ...perImage, points: perImage.roc.points, colour: 0 },
    { name: "per patch", ...perPatch, points: perPatch.roc.points, colour: 2 },
  ];
  return [
    `<p class="verdict">${escapeHtml(verdict.text)}</p>`,
    `<div class="grid">`,
    matrixCard("Per image", perImage),
    matrixCard("Per patch", perPatch),
    `</div><div class="card scroll below"><table><thead><tr><th></th><th>accuracy</th><th>precision</th><th>recall</th><th>F1</th><th>ROC AUC</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`,
    `<div class="grid below">`,
    `<div class="card"><h3>ROC</h3>${rocChart(curves)}`,
    legend(
      curves.map(({ name, rocAuc, colour }) => ({
        label: `${name}, area ${formatNumber(rocAuc, 3)}`,
        colour: `s${colour}`,
      })),
    ),
    `</div><div class="card"><h3>Calibration</h3>${calibrationChart(curves)}`,
    legend(
      curves.map(({ name, calibration, colour }) => ({
        label: `${name}, expected error ${formatNumber(calibration.expectedError, 3)}`,
        colour: `s${colour}`,
      })),
    ),
    `</div></div>`,
  ].join("");
}

/** The confusion matrix at 0.5, each cell as strong as its share of the row, green where the decision is right. */
function matrixCard(title: string, { confusion, threshold }: ThresholdReport): string {
  const { tp, fp, fn, tn }: BinaryConfusion = confusion;
  const cell = (count: number, row: number, right: boolean, what: string): string => {
    const share = count / row;
    const alpha = Number.isFinite(share) ? 0.06 + 0.5 * share : 0.03;
    return (
      `<div class="cell" style="background:rgba(var(--${right ? "good" : "bad"}),${alpha.toFixed(2)})" title="${what}">` +
      `<b>${percent(share)}</b><small>${count.toLocaleString("en-US")}</small></div>`
    );
  };
  return [
    `<div class="card"><h3>${title}, at ${threshold}</h3><div class="binary" role="img" aria-label="Confusion matrix ${title.toLowerCase()}: ${tp} real called real, ${fn} real called colourized, ${fp} colourized called real, ${tn} colourized called colourized">`,
    `<span></span><span class="top">called real</span><span class="top">called colourized</span>`,
    `<span class="side">real</span>${cell(tp, tp + fn, true, "real, called real")}${cell(fn, tp + fn, false, "real, called colourized")}`,
    `<span class="side">colourized</span>${cell(fp, fp + tn, false, "colourized, called real")}${cell(tn, fp + tn, true, "colourized, called colourized")}`,
    `</div></div>`,
  ].join("");
}

function decisionRow(name: string, report: ThresholdReport, rocAuc: number): string {
  const cells = [report.accuracy, report.precision, report.recall, report.f1, rocAuc].map(
    (value) => `<td>${formatNumber(value, 3)}</td>`,
  );
  return `<tr><th scope="row">${name}, at ${report.threshold}</th>${cells.join("")}</tr>`;
}
