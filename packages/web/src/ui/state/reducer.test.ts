import { expect, test } from "vitest";
import { commit, NO_HINTS } from "./history.ts";
import { type Action, reduce } from "./reducer.ts";
import {
  currentPhoto,
  INITIAL,
  isUnsaved,
  lookKey,
  lookOf,
  newPhoto,
  nextWaiting,
  type State,
} from "./state.ts";

const bitmap = {} as ImageBitmap;

function photo(id: number, name: string, sample = false) {
  return newPhoto(id, { name } as File, sample);
}

function after(...actions: Action[]): State {
  return actions.reduce(reduce, INITIAL);
}

const three: Action = { type: "added", photos: [photo(1, "a.jpg"), photo(2, "b.jpg"), photo(3, "c.jpg")] };
const key = lookKey({ saturation: 1, hints: [] });

test("the first of the added photos is shown", () => {
  const more = reduce(after(three), { type: "added", photos: [photo(4, "d.jpg")] });
  expect(after(three).current).toBe(1);
  expect(more.current).toBe(4);
  expect(more.photos).toHaveLength(4);
});

test("nothing added, as when only text files were dropped, changes nothing", () => {
  const state = after(three);
  expect(reduce(state, { type: "added", photos: [] })).toBe(state);
});

test("the photo looked at is coloured before those that came earlier", () => {
  const state = after(three, { type: "selected", id: 3 });
  expect(nextWaiting(state)?.id).toBe(3);
  expect(nextWaiting(reduce(state, { type: "opening", id: 3 }))?.id).toBe(1);
});

test("a photo's way to colour", () => {
  const opened = after(
    three,
    { type: "opening", id: 1 },
    { type: "opened", id: 1, width: 40, height: 30, gray: bitmap },
  );
  expect(currentPhoto(opened)).toMatchObject({ status: "opening", width: 40, height: 30, gray: bitmap });
  const coloring = reduce(opened, { type: "coloring", id: 1 });
  expect(coloring.announcement).toBe("Colouring: a.jpg");
  const done = reduce(coloring, { type: "colored", id: 1, color: bitmap, key });
  expect(currentPhoto(done)).toMatchObject({ status: "done", colorKey: key });
  expect(done.announcement).toBe("In colour: a.jpg");
});

test("recolouring is not announced again", () => {
  const done = after(three, { type: "colored", id: 1, color: bitmap, key });
  const busy = reduce(done, { type: "announced", text: "" });
  expect(reduce(busy, { type: "colored", id: 1, color: bitmap, key: "other" }).announcement).toBe("");
});

test("a failed photo says why and can be tried again", () => {
  const failed = after(three, { type: "failed", id: 2, error: "Not a photo" });
  expect(failed.photos[1]).toMatchObject({ status: "failed", error: "Not a photo" });
  expect(nextWaiting(reduce(failed, { type: "selected", id: 2 }))?.id).toBe(1);
  expect(reduce(failed, { type: "retried", id: 2 }).photos[1]).toMatchObject({
    status: "waiting",
    error: null,
  });
});

test("after a removal the next photo is shown, or the one before, or none", () => {
  const remove = (state: State, id: number) => reduce(state, { type: "removed", id });
  const state = after(three, { type: "selected", id: 2 });
  expect(remove(state, 2).current).toBe(3);
  expect(remove(state, 1).current).toBe(2);
  expect(remove(remove(state, 2), 3).current).toBe(1);
  expect(remove(remove(remove(state, 2), 3), 1).current).toBe(null);
});

test("news of a removed photo is ignored", () => {
  const state = after(three, { type: "removed", id: 2 });
  expect(reduce(state, { type: "colored", id: 2, color: bitmap, key })).toEqual(state);
  expect(reduce(state, { type: "failed", id: 2, error: "late" })).toEqual(state);
});

test("what would be lost by leaving", () => {
  const colored: Action = { type: "colored", id: 1, color: bitmap, key };
  const done = after(three, colored);
  expect(done.photos.map(isUnsaved)).toEqual([true, false, false]);
  const saved = reduce(done, { type: "saved", id: 1, key });
  expect(saved.photos.some(isUnsaved)).toBe(false);
  expect(reduce(saved, { type: "saturated", id: 1, saturation: 1.2 }).photos.map(isUnsaved)[0]).toBe(true);
});

test("samples are not missed until hints were set on them", () => {
  const colored: Action = { type: "colored", id: 1, color: bitmap, key };
  const state = after({ type: "added", photos: [photo(1, "tulips.jpg", true)] }, colored);
  expect(state.photos.some(isUnsaved)).toBe(false);
  const hints = commit(NO_HINTS, [{ x: 0.5, y: 0.5, color: "#cc2244" }]);
  expect(reduce(state, { type: "hinted", id: 1, hints }).photos.some(isUnsaved)).toBe(true);
});

test("late progress of a download does not undo that the network is ready", () => {
  const runtime = { kind: "wasm", threads: 2, note: null } as const;
  const readiness = { runtime, network: { name: "small", version: "1", size: 256 } } as never;
  const state = after(
    { type: "engine-ready", readiness },
    { type: "engine-progress", received: 1, total: 2 },
  );
  expect(state.engine.phase).toBe("ready");
});

test("looks have the same key exactly when they look the same", () => {
  const hinted = { ...photo(1, "a.jpg"), hints: commit(NO_HINTS, [{ x: 0, y: 1, color: "#000000" }]) };
  expect(lookKey(lookOf(photo(1, "a.jpg")))).toBe(key);
  expect(lookKey(lookOf(hinted))).not.toBe(key);
});
