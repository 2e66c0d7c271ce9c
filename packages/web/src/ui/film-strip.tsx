import { useEffect, useRef } from "preact/hooks";
import { Bitmap } from "./parts/bitmap.tsx";
import { CheckIcon, PlusIcon } from "./parts/icons.tsx";
import { PickButton } from "./parts/pick-button.tsx";
import type { Session } from "./session/index.ts";
import type { Photo, State } from "./state/index.ts";

const STATES: Record<Photo["status"], string> = {
  waiting: "waiting",
  opening: "opening",
  coloring: "colouring",
  done: "in colour",
  failed: "failed",
};

/** The photos in the order of their adding; arrows walk along them, Delete removes one. */
export function FilmStrip({ session, state }: { session: Session; state: State }) {
  const list = useRef<HTMLDivElement>(null);
  /** The focused photo was removed: the next one takes the focus. */
  const keepsFocus = useRef(false);
  const { photos, current } = state;

  useEffect(() => {
    const chosen = list.current!.querySelector('[aria-selected="true"]');
    chosen?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (keepsFocus.current || list.current!.contains(document.activeElement)) {
      (chosen as HTMLElement | null)?.focus();
    }
    keepsFocus.current = false;
  }, [current]);

  function key(event: KeyboardEvent) {
    const index = photos.findIndex(({ id }) => id === current);
    const to: Record<string, number> = {
      ArrowLeft: index - 1,
      ArrowUp: index - 1,
      ArrowRight: index + 1,
      ArrowDown: index + 1,
      Home: 0,
      End: photos.length - 1,
    };
    if (event.key === "Delete" && current !== null) {
      keepsFocus.current = true;
      session.remove(current);
    } else if (to[event.key] === undefined) return;
    else session.select(photos[Math.min(photos.length - 1, Math.max(0, to[event.key]!))]!.id);
    event.preventDefault();
  }

  return (
    <div class="strip">
      <div
        ref={list}
        class="strip-list"
        role="listbox"
        aria-label="Photos"
        aria-orientation="horizontal"
        onKeyDown={key}
      >
        {photos.map((photo) => (
          <div
            key={photo.id}
            role="option"
            class={`strip-photo ${photo.status}`}
            aria-selected={photo.id === current}
            aria-label={`${photo.file.name}, ${STATES[photo.status]}`}
            tabIndex={photo.id === current ? 0 : -1}
            title={photo.error ?? photo.file.name}
            onClick={() => session.select(photo.id)}
            onKeyDown={(event) => event.key === "Enter" && session.select(photo.id)}
          >
            {photo.thumb && (
              <Bitmap
                bitmap={photo.thumb}
                className={photo.thumbColored ? "strip-thumb" : "strip-thumb gray"}
              />
            )}
            <span class="strip-state" aria-hidden="true">
              {photo.status === "done" ? <CheckIcon /> : photo.status === "failed" ? "!" : null}
            </span>
          </div>
        ))}
      </div>
      <PickButton
        className="strip-add"
        accept="image/*,.json"
        label="More photos"
        multiple
        onPick={(files) => void session.add(files)}
      >
        <PlusIcon />
        <span class="hidden">Add photos</span>
      </PickButton>
    </div>
  );
}
