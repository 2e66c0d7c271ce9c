import type { Fixing } from "../hints/use-fixing.ts";
import { RedoIcon, TrashIcon, UndoIcon } from "../parts/icons.tsx";
import { PickButton } from "../parts/pick-button.tsx";
import type { Session } from "../session/index.ts";
import type { Photo } from "../state/index.ts";

interface Props {
  session: Session;
  photo: Photo;
  fixing: Fixing;
}

/** The tools of colour hints. */
export function FixPanel({ session, photo, fixing }: Props) {
  const places = fixing.hints.length;
  return (
    <>
      <div class="panel-title">
        <div>
          <h1 tabIndex={-1}>Fix a colour</h1>
          <p>
            {places === 0
              ? "Tap a place whose colour is wrong, then choose a better one."
              : `${places} ${places === 1 ? "place" : "places"} set. Drag a dot to move it, tap it to change it.`}
          </p>
        </div>
      </div>
      <div class="fix-steps">
        <button type="button" class="button" disabled={!fixing.canUndo} onClick={fixing.undo}>
          <UndoIcon />
          Undo
        </button>
        <button type="button" class="button" disabled={!fixing.canRedo} onClick={fixing.redo}>
          <RedoIcon />
          Redo
        </button>
        <button type="button" class="button" disabled={places === 0} onClick={fixing.clear}>
          <TrashIcon />
          Clear
        </button>
      </div>
      <button type="button" class="button primary wide" onClick={() => session.setFixing(false)}>
        Done
      </button>
      <div class="fix-files">
        <button
          type="button"
          class="button quiet small"
          disabled={places === 0}
          onClick={() => session.saveHints(photo.id)}
        >
          Save these hints
        </button>
        <PickButton
          className="button quiet small"
          accept=".json,application/json"
          label="Hints file"
          onPick={([file]) => file && void session.loadHints(photo.id, file)}
        >
          Load hints
        </PickButton>
      </div>
    </>
  );
}
