import { useEffect, useState } from "preact/hooks";
import { FilmStrip } from "./film-strip.tsx";
import { ColorPopover } from "./hints/color-popover.tsx";
import { HintLayer } from "./hints/hint-layer.tsx";
import { useFixing } from "./hints/use-fixing.ts";
import { LoadProgress } from "./load-progress.tsx";
import { FixPanel } from "./panel/fix-panel.tsx";
import { LookPanel } from "./panel/look-panel.tsx";
import { RetryIcon } from "./parts/icons.tsx";
import { Progress } from "./parts/progress.tsx";
import type { Session } from "./session/index.ts";
import type { Photo, State } from "./state/index.ts";
import { Stage } from "./viewer/stage.tsx";

interface Props {
  session: Session;
  state: State;
  photo: Photo;
  split: number;
  onSplit(split: number): void;
}

const CROSSHAIR_STEP = 0.01;

/** A photo and its tools; the strip where there are several. */
export function Work({ session, state, photo, split, onSplit }: Props) {
  const inFix = state.fixing && photo.status === "done";
  const fixing = useFixing(session, photo, inFix);

  const [fixed, setFixed] = useState(false);
  useEffect(() => {
    if (inFix) document.querySelector<HTMLElement>(".stage")!.focus({ preventScroll: true });
    setFixed(inFix);
  }, [inFix]);

  // A button that has done its work may be gone, and the focus with it.
  useEffect(() => {
    if (document.activeElement === document.body) {
      document.querySelector<HTMLElement>(".panel h1")?.focus({ preventScroll: true });
    }
  }, [photo.id, photo.status]);

  useEffect(() => {
    if (!inFix) return;
    function key(event: KeyboardEvent) {
      const command = event.ctrlKey || event.metaKey;
      if (command && event.key.toLowerCase() === "z") event.shiftKey ? fixing.redo() : fixing.undo();
      else if (command && event.key.toLowerCase() === "y") fixing.redo();
      else if (event.key === "Escape" && fixing.target === null) {
        session.setFixing(false);
      } else return;
      event.preventDefault();
    }
    window.addEventListener("keydown", key);
    return () => window.removeEventListener("keydown", key);
  });

  function stageKey(key: string, event: KeyboardEvent): boolean {
    if (!inFix) return false;
    const step = event.shiftKey ? 5 * CROSSHAIR_STEP : CROSSHAIR_STEP;
    if (key === "ArrowLeft") fixing.moveCrosshair(-step, 0);
    else if (key === "ArrowRight") fixing.moveCrosshair(step, 0);
    else if (key === "ArrowUp") fixing.moveCrosshair(0, -step);
    else if (key === "ArrowDown") fixing.moveCrosshair(0, step);
    else if (key === "Enter" || key === " ") fixing.aim(fixing.crosshair ?? { x: 0.5, y: 0.5 });
    else return false;
    return true;
  }

  return (
    <main class={`work${fixing.target ? " choosing" : ""}`}>
      <section class="view" aria-label="Photo">
        <Stage
          photo={photo}
          full={state.full}
          split={split}
          onSplit={onSplit}
          fixing={inFix}
          crosshair={fixing.crosshair}
          onTap={(place) => inFix && fixing.aim(place)}
          onKey={stageKey}
          onSharpen={(withGray) => session.sharpen(photo.id, withGray)}
          overlay={(geometry) =>
            inFix && (
              <>
                <HintLayer fixing={fixing} geometry={geometry} />
                {fixing.target && (
                  <ColorPopover
                    session={session}
                    photo={photo}
                    target={fixing.target}
                    fixing={fixing}
                    geometry={geometry}
                  />
                )}
              </>
            )
          }
        >
          <Stages session={session} state={state} photo={photo} />
        </Stage>
      </section>
      <section class="panel" aria-label={inFix ? "Colour hints" : "Look and file"}>
        {inFix ? (
          <FixPanel session={session} photo={photo} fixing={fixing} />
        ) : (
          <LookPanel
            session={session}
            state={state}
            photo={photo}
            split={split}
            onSplit={onSplit}
            fixed={fixed}
          />
        )}
      </section>
      <FilmStrip session={session} state={state} />
    </main>
  );
}

/** How far a photo is on its way to colour, over it. */
function Stages({ session, state, photo }: { session: Session; state: State; photo: Photo }) {
  const { status, share, error } = photo;
  if (status === "failed") {
    return (
      <div class="stage-error" role="alert">
        <h2>This photo could not be coloured</h2>
        <p>{error}</p>
        <div>
          <button type="button" class="button" onClick={() => session.retry(photo.id)}>
            <RetryIcon />
            Try again
          </button>
          <button type="button" class="button" onClick={() => session.remove(photo.id)}>
            Remove
          </button>
        </div>
      </div>
    );
  }
  if (status === "done" && photo.color !== null) return null;
  if (state.engine.phase !== "ready" && status !== "waiting") {
    return (
      <div class="stage-progress">
        <LoadProgress state={state} session={session} />
      </div>
    );
  }
  const words = {
    waiting: "Waiting for its turn",
    opening: "Opening",
    coloring: "Colouring",
    done: "Opening again",
  };
  return (
    <div class="stage-progress">
      <span key={status}>{words[status]} …</span>
      <Progress share={status === "coloring" && share > 0 ? share : null} label={words[status]} />
    </div>
  );
}
