/**
 * The list of runs, to choose from.
 */
import { MAX_FOLLOWED, type RunSummary } from "../api.ts";
import { STATE_WORDS } from "./run-cards.tsx";

interface RunPickerProps {
  runs: readonly RunSummary[];
  chosen: readonly string[];
  colours: ReadonlyMap<string, number>;
  onChange: (chosen: string[]) => void;
}

export function RunPicker({ runs, chosen, colours, onChange }: RunPickerProps) {
  return (
    <details class="picker" open={!matchMedia("(max-width: 800px)").matches}>
      <summary>
        <h2>Runs</h2> <small>{`${chosen.length} of ${runs.length} shown`}</small>
      </summary>
      <ul>
        {runs.map(({ id, state }) => {
          const checked = chosen.includes(id);
          const full = !checked && chosen.length >= MAX_FOLLOWED;
          return (
            <li key={id} class={checked ? `run-${colours.get(id)}` : ""}>
              <label title={full ? `Up to ${MAX_FOLLOWED} runs at once` : id}>
                <input
                  type="checkbox"
                  checked={checked}
                  disabled={full}
                  onChange={() =>
                    onChange(checked ? chosen.filter((other) => other !== id) : [...chosen, id])
                  }
                />
                <span class="name">{id}</span>
                <small class={`state ${state}`}>{STATE_WORDS[state]}</small>
              </label>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
