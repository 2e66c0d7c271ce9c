import { useEffect, useState } from "preact/hooks";
import type { Offline, OfflineState } from "../offline.ts";
import { About } from "./about.tsx";
import { Mark } from "./parts/icons.tsx";
import type { State } from "./state/index.ts";

/** Chrome's event that a page can be installed; no standard yet. */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

export function Header({ state, offline }: { state: State; offline: Offline }) {
  const { offline: kept, newVersion } = useOffline(offline);
  const install = useInstall();
  return (
    <header class="top">
      <p class="brand">
        <Mark />
        Autochrome
      </p>
      {kept === "ready" && <p class="chip">Works offline</p>}
      {newVersion && (
        <button
          type="button"
          class="button small update"
          title="A new version is ready. The page starts anew with it."
          onClick={() => offline.update()}
        >
          Update
        </button>
      )}
      {install && (
        <button type="button" class="button small install" onClick={install}>
          Install
        </button>
      )}
      <About state={state} />
    </header>
  );
}

function useOffline(offline: Offline): OfflineState {
  const [state, setState] = useState(offline.state);
  useEffect(() => offline.watch(setState), []);
  return state;
}

function useInstall(): (() => void) | null {
  const [prompt, setPrompt] = useState<InstallPrompt | null>(null);
  useEffect(() => {
    const offered = (event: Event) => {
      event.preventDefault();
      setPrompt(event as InstallPrompt);
    };
    const installed = () => setPrompt(null);
    window.addEventListener("beforeinstallprompt", offered);
    window.addEventListener("appinstalled", installed);
    return () => {
      window.removeEventListener("beforeinstallprompt", offered);
      window.removeEventListener("appinstalled", installed);
    };
  }, []);
  return prompt && (() => void prompt.prompt());
}
