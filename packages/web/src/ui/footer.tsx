import { runtimeWords } from "./runtime-words.ts";
import type { State } from "./state/index.ts";

export function Footer({ state }: { state: State }) {
  const words = runtimeWords(state.engine);
  return (
    <footer class="bottom">
      <p>Photos stay on this device.</p>
      {words && (
        <p>
          Network {words.network} on the {words.runtime}
        </p>
      )}
    </footer>
  );
}
