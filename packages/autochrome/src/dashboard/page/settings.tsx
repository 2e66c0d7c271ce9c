/**
 * The runs' settings; of several runs, those that differ.
 */
import { useState } from "preact/hooks";
import type { ShownRun } from "./chart.tsx";
import { settingsOf } from "./settings-table.ts";

export function Settings({ runs }: { runs: readonly ShownRun[] }) {
  const [all, setAll] = useState(false);
  const rows = settingsOf(runs.map(({ data }) => data.config));
  const several = runs.length > 1;
  const shown = several && !all ? rows.filter(({ differs }) => differs) : rows;
  return (
    <section aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <details class="card settings" open={several}>
        <summary>{several ? "What differs between the runs" : `All ${rows.length} settings`}</summary>
        {several && (
          <label class="switch">
            <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
            Also what is the same
          </label>
        )}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by keyboard */}
        <section class="scroll" aria-label="Table of settings" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Setting</th>
                {runs.map(({ data, name, colour }) => (
                  <th scope="col" key={data.id} class={`run-${colour}`}>
                    <i class="dot" aria-hidden="true" /> {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map(({ key, values, differs }) => (
                <tr key={key} class={several && differs ? "differs" : ""}>
                  <th scope="row">{key}</th>
                  {values.map((value, i) => (
                    <td key={runs[i]!.data.id}>{value}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </section>
  );
}
