import { useEffect, useState } from "preact/hooks";
import { About } from "./about.tsx";
import { Mark } from "./parts/icons.tsx";
import type { State } from "./state/index.ts";

/** Chrome's event that a page can be installed; no standard yet. */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

export function Header({ state }: { state: State }) {
  const offline = useOffline();
  const install = useInstall();
  return (
    <header class="top">
      <p class="brand">
        <Mark />
        Autochrome
      </p>
      {offline && <p class="chip">Works offline</p>}
      {install && (
        <button type="button" class="button small" onClick={install}>
          Install
        </button>
      )}
      <About state={state} />
    </header>
  );
}

/** Whether the page and its network are kept for use without a connection. */
function useOffline(): boolean {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    void navigator.serviceWorker?.ready.then(() => setReady(true));
  }, []);
  return ready;
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
