/** What the page knows, and how it changes. No browser needed. */
export { amend, commit, type HintHistory, type Hints, NO_HINTS, redo, undo } from "./history.ts";
export { type Action, reduce } from "./reducer.ts";
export {
  currentPhoto,
  type EngineState,
  type FullSize,
  findPhoto,
  INITIAL,
  isUnsaved,
  lookKey,
  lookOf,
  type Notice,
  newPhoto,
  nextWaiting,
  type Photo,
  type PhotoStatus,
  type State,
} from "./state.ts";
export { createStore, type Store, useStore } from "./store.ts";
