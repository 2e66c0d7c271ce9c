/**
 * How curves are drawn.
 */
import type { Axis } from "./run-data.ts";
import type { View } from "./view.ts";

const AXES: readonly [Axis, string][] = [
  ["step", "step"],
  ["epoch", "epoch"],
  ["seconds", "time"],
];

export function Controls({ view, onChange }: { view: View; onChange: (changes: Partial<View>) => void }) {
  return (
    <section class="controls" aria-labelledby="curves">
      <h2 id="curves">Curves</h2>
      <fieldset class="segments">
        <legend>Over</legend>
        {AXES.map(([axis, label]) => (
          <label key={axis}>
            <input
              type="radio"
              name="axis"
              checked={view.axis === axis}
              onChange={() => onChange({ axis })}
            />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      <div class="range">
        <label for="smoothing">Smoothing</label>
        <output for="smoothing">{view.smoothing.toFixed(2)}</output>
        <input
          id="smoothing"
          type="range"
          min="0"
          max="0.99"
          step="0.01"
          value={view.smoothing}
          onInput={(event) => onChange({ smoothing: Number(event.currentTarget.value) })}
        />
      </div>
      <label class="switch">
        <input
          type="checkbox"
          checked={view.log}
          onChange={(event) => onChange({ log: event.currentTarget.checked })}
        />
        Losses on a logarithmic axis
      </label>
      <p class="help">Drag over a chart to zoom in, double-click to see all.</p>
    </section>
  );
}
