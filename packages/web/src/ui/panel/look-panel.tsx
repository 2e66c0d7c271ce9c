import { useEffect, useRef } from "preact/hooks";
import { DropperIcon, TrashIcon } from "../parts/icons.tsx";
import type { Session } from "../session/index.ts";
import type { Photo, State } from "../state/index.ts";
import { SavePanel } from "./save-panel.tsx";

interface Props {
  session: Session;
  state: State;
  photo: Photo;
  split: number;
  onSplit(split: number): void;
  /** Colour hints were just being set. */
  fixed: boolean;
}

const VIEWS: readonly { name: string; split: number }[] = [
  { name: "Before", split: 1 },
  { name: "Both", split: 0.5 },
  { name: "After", split: 0 },
];

/** Everything that can be done with a photo in colour. */
export function LookPanel({ session, state, photo, split, onSplit, fixed }: Props) {
  const fixButton = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (fixed) fixButton.current!.focus();
  }, []);
  const off = photo.status !== "done";
  const percent = Math.round(photo.saturation * 100);
  const places = photo.hints.present.length;
  return (
    <>
      <div class="panel-title">
        <div>
          <h1 tabIndex={-1} title={photo.file.name}>
            {photo.file.name}
          </h1>
          <p>{photo.width > 0 ? `${photo.width} × ${photo.height}` : "\u00a0"}</p>
        </div>
        <button
          type="button"
          class="button quiet icon-only"
          aria-label={`Remove ${photo.file.name}`}
          title="Remove this photo"
          onClick={() => session.remove(photo.id)}
        >
          <TrashIcon />
        </button>
      </div>
      <fieldset class="segments" disabled={off}>
        <legend class="hidden">Show</legend>
        {VIEWS.map((view) => (
          <label key={view.name}>
            <input
              type="radio"
              name="view"
              checked={view.split === 0.5 ? split > 0 && split < 1 : split === view.split}
              onChange={() => onSplit(view.split)}
              onClick={() => view.split === 0.5 && onSplit(0.5)}
            />
            <span>{view.name}</span>
          </label>
        ))}
      </fieldset>
      <div class="range">
        <label for="saturation">Colour strength</label>
        <output for="saturation">{percent}%</output>
        <button
          type="button"
          class="button quiet small"
          disabled={off || percent === 100}
          onClick={() => session.setSaturation(photo.id, 1)}
        >
          Reset
          <span class="hidden"> colour strength</span>
        </button>
        <input
          id="saturation"
          type="range"
          min={0}
          max={200}
          step={5}
          value={percent}
          disabled={off}
          aria-valuetext={`${percent}%`}
          onInput={({ currentTarget }) => session.setSaturation(photo.id, Number(currentTarget.value) / 100)}
        />
      </div>
      <button
        type="button"
        ref={fixButton}
        class="button wide fix-button"
        disabled={off}
        onClick={() => session.setFixing(true)}
      >
        <DropperIcon />
        Fix a colour
        {places > 0 && <span class="count">{places}</span>}
      </button>
      <SavePanel session={session} state={state} photo={photo} />
    </>
  );
}
