import { useEffect, useState } from "preact/hooks";
import type { Offline } from "../offline.ts";
import { droppedFiles, pastedFiles } from "./files/transfer.ts";
import { Footer } from "./footer.tsx";
import { Header } from "./header.tsx";
import { CloseIcon } from "./parts/icons.tsx";
import type { Session } from "./session/index.ts";
import { Start } from "./start.tsx";
import { currentPhoto, isUnsaved, useStore } from "./state/index.ts";
import { Work } from "./work.tsx";

export function App({ session, offline }: { session: Session; offline: Offline }) {
  const state = useStore(session.store);
  const [split, setSplit] = useState(0.5);
  const dropping = useFiles(session);
  const photo = currentPhoto(state);
  const [returned, setReturned] = useState(false);
  useEffect(() => {
    if (photo) setReturned(true);
  }, [photo !== null]);
  useWarning(state.photos.some(isUnsaved));
  return (
    <div class={photo ? "app working" : "app"}>
      <Header state={state} offline={offline} />
      {photo === null ? (
        <Start session={session} state={state} returned={returned} />
      ) : (
        <Work session={session} state={state} photo={photo} split={split} onSplit={setSplit} />
      )}
      <Footer state={state} />
      <section class="notices" aria-label="Messages">
        {state.notices.map(({ id, text }) => (
          <div key={id}>
            <span>{text}</span>
            <button
              type="button"
              class="button quiet icon-only"
              aria-label="Dismiss"
              onClick={() => session.store.dispatch({ type: "dismissed", id })}
            >
              <CloseIcon />
            </button>
          </div>
        ))}
      </section>
      <p class="hidden" role="status">
        {state.announcement}
      </p>
      {dropping && (
        <div class="dropping" aria-hidden="true">
          <p>Drop to colour</p>
        </div>
      )}
    </div>
  );
}

/** Takes files that are dropped or pasted anywhere. @returns whether files are being dragged over the page */
function useFiles(session: Session): boolean {
  const [dropping, setDropping] = useState(false);
  useEffect(() => {
    let depth = 0;
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const listeners = {
      dragenter(event: DragEvent) {
        if (carries(event)) setDropping(++depth > 0);
      },
      dragleave(event: DragEvent) {
        if (carries(event)) setDropping(--depth > 0);
      },
      dragover(event: DragEvent) {
        if (carries(event)) event.preventDefault();
      },
      drop(event: DragEvent) {
        depth = 0;
        setDropping(false);
        if (!carries(event)) return;
        event.preventDefault();
        void droppedFiles(event.dataTransfer!).then((files) => session.add(files));
      },
      paste(event: ClipboardEvent) {
        const files = event.clipboardData ? pastedFiles(event.clipboardData) : [];
        if (files.length > 0) void session.add(files);
      },
    };
    const entries = Object.entries(listeners) as [string, EventListener][];
    for (const [name, listener] of entries) window.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of entries) window.removeEventListener(name, listener);
    };
  }, [session]);
  return dropping;
}

/** Has the browser ask before the page is left while something would be lost. */
function useWarning(unsaved: boolean): void {
  useEffect(() => {
    if (!unsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [unsaved]);
}
