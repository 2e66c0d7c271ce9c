import type { Look, PhotoId, Readiness } from "../../engine/protocol.ts";
import { type HintHistory, NO_HINTS } from "./history.ts";

export type PhotoStatus = "waiting" | "opening" | "coloring" | "done" | "failed";

/** A photo on the page: what is shown of it and what was chosen for it. */
export interface Photo {
  id: PhotoId;
  file: File;
  /** One of the page's own photos: nothing is lost with it. */
  sample: boolean;
  status: PhotoStatus;
  /** Of the present stage, in [0,1]. */
  share: number;
  /** Why it failed; null otherwise. */
  error: string | null;
  /** Pixels; 0 until it was opened. */
  width: number;
  height: number;
  /** Small picture for the strip, and whether it is the coloured one. */
  thumb: ImageBitmap | null;
  thumbColored: boolean;
  /** The photo at preview size, before and after; null too while memory is needed for others. */
  gray: ImageBitmap | null;
  color: ImageBitmap | null;
  /** The look that `color` shows, as {@link lookKey} writes it. */
  colorKey: string | null;
  saturation: number;
  hints: HintHistory;
  /** The look that was last saved as a file. */
  savedKey: string | null;
}

/** The photo at full size, for one look; one at a time, since it is large. */
export interface FullSize {
  id: PhotoId;
  key: string;
  color: ImageBitmap;
  gray: ImageBitmap | null;
}

export type EngineState =
  | { phase: "loading"; received: number; total: number }
  | { phase: "ready"; readiness: Readiness }
  | { phase: "failed"; error: string };

export interface Notice {
  id: number;
  text: string;
}

export interface State {
  engine: EngineState;
  photos: readonly Photo[];
  current: PhotoId | null;
  /** Colour hints are being set. */
  fixing: boolean;
  full: FullSize | null;
  /** What the page is busy with on the visitor's demand, such as saving; null otherwise. */
  busy: string | null;
  notices: readonly Notice[];
  /** Last milestone, for screen readers. */
  announcement: string;
}

export const INITIAL: State = {
  engine: { phase: "loading", received: 0, total: 0 },
  photos: [],
  current: null,
  fixing: false,
  full: null,
  busy: null,
  notices: [],
  announcement: "",
};

export function newPhoto(id: PhotoId, file: File, sample: boolean): Photo {
  return {
    id,
    file,
    sample,
    status: "waiting",
    share: 0,
    error: null,
    width: 0,
    height: 0,
    thumb: null,
    thumbColored: false,
    gray: null,
    color: null,
    colorKey: null,
    saturation: 1,
    hints: NO_HINTS,
    savedKey: null,
  };
}

export function lookOf(photo: Photo): Look {
  return { saturation: photo.saturation, hints: photo.hints.present };
}

/** Two looks are the same exactly when their keys are. */
export function lookKey({ saturation, hints }: Look): string {
  return JSON.stringify([saturation, hints.map(({ x, y, color }) => [x, y, color])]);
}

export function findPhoto(state: State, id: PhotoId | null): Photo | null {
  return state.photos.find((photo) => photo.id === id) ?? null;
}

export function currentPhoto(state: State): Photo | null {
  return findPhoto(state, state.current);
}

/** The photo to colour next: the one looked at, else the first that waits. */
export function nextWaiting(state: State): Photo | null {
  const current = currentPhoto(state);
  if (current?.status === "waiting") return current;
  return state.photos.find(({ status }) => status === "waiting") ?? null;
}

/** Whether a photo would be lost by leaving: coloured, not saved as it looks now, and the visitor's own. */
export function isUnsaved(photo: Photo): boolean {
  if (photo.status !== "done") return false;
  const touched = photo.hints.present.length > 0;
  return (!photo.sample || touched) && photo.savedKey !== lookKey(lookOf(photo));
}
