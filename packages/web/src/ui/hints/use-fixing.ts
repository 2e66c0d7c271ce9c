import type { Hint } from "autochrome/browser";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Session } from "../session/index.ts";
import { amend, commit, type Photo, redo, undo } from "../state/index.ts";
import type { Point } from "../viewer/zoom.ts";

/** The place a colour is being chosen for. */
export interface Target {
  /** Differs for each place that was named; stays while it is coloured and moved. */
  key: number;
  place: Point;
  /** The hint that lies there; null while none was chosen. */
  index: number | null;
  /** Whether this choice has already made a step that undo takes back. */
  stepped: boolean;
}

/** Setting of colour hints on a photo: what is selected, and the steps that change it. */
export function useFixing(session: Session, photo: Photo, fixing: boolean) {
  const [target, setTarget] = useState<Target | null>(null);
  const [crosshair, setCrosshair] = useState<Point | null>(null);
  const keys = useRef(0);
  const history = photo.hints;
  const hints = history.present;

  useEffect(() => {
    setTarget(null);
    setCrosshair(null);
  }, [photo.id, fixing]);

  const set = (next: readonly Hint[], stepped: boolean) =>
    session.setHints(photo.id, stepped ? amend(history, next) : commit(history, next));

  return {
    target,
    crosshair,
    hints,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    moveCrosshair(dx: number, dy: number) {
      const from = crosshair ?? { x: 0.5, y: 0.5 };
      setCrosshair({ x: inside(from.x + dx), y: inside(from.y + dy) });
    },
    aim(place: Point) {
      setTarget({ key: ++keys.current, place: rounded(place), index: null, stepped: false });
    },
    pick(index: number) {
      const { x, y } = hints[index]!;
      setTarget({ key: ++keys.current, place: { x, y }, index, stepped: false });
    },
    choose(color: string) {
      if (target === null) return;
      const { key, place, index, stepped } = target;
      const hint = { ...place, color };
      if (index === null) set([...hints, hint], stepped);
      else set(hints.with(index, hint), stepped);
      setTarget({ key, place, index: index ?? hints.length, stepped: true });
    },
    /** Moves a hint; the first move of a drag is a step, the others change it. */
    move(index: number, place: Point, stepped: boolean) {
      const moved = { ...hints[index]!, ...rounded({ x: inside(place.x), y: inside(place.y) }) };
      set(hints.with(index, moved), stepped);
      if (target?.index === index) setTarget({ ...target, place: moved, stepped: true });
    },
    remove(index: number) {
      set(hints.toSpliced(index, 1), false);
      setTarget(null);
    },
    clear() {
      set([], false);
      setTarget(null);
    },
    undo() {
      session.setHints(photo.id, undo(history));
      setTarget(null);
    },
    redo() {
      session.setHints(photo.id, redo(history));
      setTarget(null);
    },
    close() {
      setTarget(null);
    },
  };
}

export type Fixing = ReturnType<typeof useFixing>;

function inside(share: number): number {
  return Math.min(1, Math.max(0, share));
}

/** Finer than a pixel of any photo, and short in a file of hints. */
function rounded({ x, y }: Point): Point {
  return { x: Number(x.toFixed(5)), y: Number(y.toFixed(5)) };
}
