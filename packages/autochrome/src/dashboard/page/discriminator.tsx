/**
 * The discriminator's confusion matrix at a step.
 */
import type { ShownRun } from "./chart.tsx";
import { confusionAt } from "./confusion.ts";
import { formatCount, formatPercent } from "./format.ts";

export function Discriminator({ runs, step }: { runs: readonly ShownRun[]; step: number }) {
  return (
    <div class="matrices">
      {runs.map((run) => (
        <Matrix key={run.data.id} run={run} step={step} several={runs.length > 1} />
      ))}
    </div>
  );
}

function Matrix({ run, step, several }: { run: ShownRun; step: number; several: boolean }) {
  const found = confusionAt(run.data.metrics, step);
  const cell = (share: number, name: string, right: boolean) => (
    <td class={right ? "right" : "wrong"} style={{ "--share": share }}>
      <b>{formatPercent(share)}</b>
      <small>{name}</small>
    </td>
  );
  return (
    <div class={`card matrix-card run-${run.colour}`}>
      <h3>
        {several && <i class="dot" aria-hidden="true" />} {several ? run.name : "Discriminator"}{" "}
        {found && (
          <small>{`mean of ${formatCount(found.rows)} steps to step ${formatCount(found.step)}`}</small>
        )}
      </h3>
      {found === null ? (
        <p class="empty">The discriminator plays from the adversarial phase on</p>
      ) : (
        <>
          <table class="matrix">
            <caption class="hidden">{`Confusion matrix of the discriminator, shares of all patches, ${run.name}`}</caption>
            <thead>
              <tr>
                <td />
                <th scope="col">judged real</th>
                <th scope="col">judged painted</th>
              </tr>
            </thead>
            <tbody>
              <tr>
                <th scope="row">real</th>
                {cell(found.tp, "true positive", true)}
                {cell(found.fn, "false negative", false)}
              </tr>
              <tr>
                <th scope="row">painted</th>
                {cell(found.fp, "false positive", false)}
                {cell(found.tn, "true negative", true)}
              </tr>
            </tbody>
          </table>
          <dl>
            {(["accuracy", "precision", "recall", "f1"] as const).map((name) => (
              <div key={name}>
                <dt>{name === "f1" ? "F1" : name}</dt>
                <dd>{formatPercent(found[name])}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </div>
  );
}
