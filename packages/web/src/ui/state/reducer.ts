import type { PhotoId, Readiness, Runtime } from "../../engine/protocol.ts";
import type { HintHistory } from "./history.ts";
import { type FullSize, findPhoto, type Photo, type State } from "./state.ts";

export type Action =
  | { type: "engine-progress"; received: number; total: number }
  | { type: "engine-ready"; readiness: Readiness }
  | { type: "runtime"; runtime: Runtime }
  | { type: "engine-failed"; error: string }
  | { type: "added"; photos: readonly Photo[] }
  | { type: "selected"; id: PhotoId }
  | { type: "removed"; id: PhotoId }
  | { type: "thumb"; id: PhotoId; thumb: ImageBitmap; colored: boolean }
  | { type: "opening"; id: PhotoId }
  | { type: "opened"; id: PhotoId; width: number; height: number; gray: ImageBitmap }
  | { type: "coloring"; id: PhotoId }
  | { type: "progress"; id: PhotoId; share: number }
  | { type: "colored"; id: PhotoId; color: ImageBitmap; key: string }
  | { type: "failed"; id: PhotoId; error: string }
  | { type: "retried"; id: PhotoId }
  | { type: "released"; id: PhotoId }
  | { type: "shown"; id: PhotoId; gray: ImageBitmap; color: ImageBitmap; key: string }
  | { type: "saturated"; id: PhotoId; saturation: number }
  | { type: "hinted"; id: PhotoId; hints: HintHistory }
  | { type: "full"; full: FullSize | null }
  | { type: "saved"; id: PhotoId; key: string }
  | { type: "fixing"; fixing: boolean }
  | { type: "busy"; busy: string | null }
  | { type: "noticed"; id: number; text: string }
  | { type: "dismissed"; id: number }
  | { type: "announced"; text: string };

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "engine-progress":
      if (state.engine.phase === "ready") return state;
      return { ...state, engine: { phase: "loading", received: action.received, total: action.total } };
    case "engine-ready":
      return { ...state, engine: { phase: "ready", readiness: action.readiness } };
    case "runtime":
      if (state.engine.phase !== "ready") return state;
      return {
        ...state,
        engine: { phase: "ready", readiness: { ...state.engine.readiness, runtime: action.runtime } },
      };
    case "engine-failed":
      return { ...state, engine: { phase: "failed", error: action.error }, announcement: action.error };
    case "added":
      return added(state, action.photos);
    case "selected":
      return state.current === action.id ? state : { ...state, current: action.id };
    case "removed":
      return removed(state, action.id);
    case "thumb":
      return patch(state, action.id, { thumb: action.thumb, thumbColored: action.colored });
    case "opening":
      return patch(state, action.id, { status: "opening", share: 0, error: null });
    case "opened": {
      const { width, height, gray } = action;
      return patch(state, action.id, { width, height, gray });
    }
    case "coloring":
      return announce(patch(state, action.id, { status: "coloring", share: 0 }), action.id, "Colouring");
    case "progress":
      return patch(state, action.id, { share: action.share });
    case "colored":
      return colored(state, action.id, { color: action.color, colorKey: action.key });
    case "failed":
      return announce(
        patch(state, action.id, { status: "failed", error: action.error }),
        action.id,
        "Could not colour",
      );
    case "retried":
      return patch(state, action.id, { status: "waiting", share: 0, error: null });
    case "released":
      return patch(state, action.id, { gray: null, color: null, colorKey: null });
    case "shown":
      return patch(state, action.id, { gray: action.gray, color: action.color, colorKey: action.key });
    case "saturated":
      return patch(state, action.id, { saturation: action.saturation });
    case "hinted":
      return patch(state, action.id, { hints: action.hints });
    case "full":
      return { ...state, full: action.full };
    case "saved":
      return announce(patch(state, action.id, { savedKey: action.key }), action.id, "Saved");
    case "fixing":
      return { ...state, fixing: action.fixing };
    case "busy":
      return { ...state, busy: action.busy };
    case "noticed":
      return {
        ...state,
        notices: [...state.notices, { id: action.id, text: action.text }],
      };
    case "dismissed":
      return { ...state, notices: state.notices.filter(({ id }) => id !== action.id) };
    case "announced":
      return { ...state, announcement: action.text };
  }
}

function patch(state: State, id: PhotoId, change: Partial<Photo>): State {
  if (findPhoto(state, id) === null) return state;
  return {
    ...state,
    photos: state.photos.map((photo) => (photo.id === id ? { ...photo, ...change } : photo)),
  };
}

function announce(state: State, id: PhotoId, what: string): State {
  const photo = findPhoto(state, id);
  return photo === null ? state : { ...state, announcement: `${what}: ${photo.file.name}` };
}

function added(state: State, photos: readonly Photo[]): State {
  if (photos.length === 0) return state;
  return {
    ...state,
    photos: [...state.photos, ...photos],
    current: photos[0]!.id,
    fixing: false,
  };
}

function removed(state: State, id: PhotoId): State {
  const index = state.photos.findIndex((photo) => photo.id === id);
  if (index < 0) return state;
  const photos = state.photos.filter((photo) => photo.id !== id);
  const neighbour = photos[Math.min(index, photos.length - 1)]?.id ?? null;
  return {
    ...state,
    photos,
    current: state.current === id ? neighbour : state.current,
    fixing: photos.length > 0 && state.fixing && state.current !== id,
    announcement: `Removed: ${state.photos[index]!.file.name}`,
  };
}

function colored(state: State, id: PhotoId, change: Pick<Photo, "color" | "colorKey">): State {
  const first = findPhoto(state, id)?.status !== "done";
  const next = patch(state, id, { ...change, status: "done", share: 1, error: null });
  return first ? announce(next, id, "In colour") : next;
}
