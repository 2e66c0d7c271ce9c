import type { Hint } from "autochrome/browser";

export type Hints = readonly Hint[];

/** A photo's colour hints and the steps that led to them. */
export interface HintHistory {
  past: readonly Hints[];
  present: Hints;
  future: readonly Hints[];
}

export const NO_HINTS: HintHistory = { past: [], present: [], future: [] };

/** A new step, which undo takes back; what was undone before is gone. */
export function commit({ past, present }: HintHistory, hints: Hints): HintHistory {
  return { past: [...past, present], present: hints, future: [] };
}

/** Changes the last step, as a drag or a colour wheel does many times over. */
export function amend(history: HintHistory, hints: Hints): HintHistory {
  return { ...history, present: hints, future: [] };
}

export function undo({ past, present, future }: HintHistory): HintHistory {
  const last = past.at(-1);
  if (last === undefined) return { past, present, future };
  return { past: past.slice(0, -1), present: last, future: [present, ...future] };
}

export function redo({ past, present, future }: HintHistory): HintHistory {
  const [next, ...rest] = future;
  if (next === undefined) return { past, present, future };
  return { past: [...past, present], present: next, future: rest };
}
