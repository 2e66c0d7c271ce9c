import { runtimeWords } from "./runtime-words.ts";
import type { State } from "./state/index.ts";

export function Footer({ state }: { state: State }) {
  const words = runtimeWords(state.engine);
  return (
    <footer class="bottom">
      <p>Photos stay on this device.</p>
      <p>{words ? `Network ${words.network} on the ${words.runtime}` : "\u00a0"}</p>
    </footer>
  );
}
