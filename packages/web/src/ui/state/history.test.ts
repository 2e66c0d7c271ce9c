import fc from "fast-check";
import { expect, test } from "vitest";
import { amend, commit, type HintHistory, NO_HINTS, redo, undo } from "./history.ts";

const a = { x: 0.1, y: 0.2, color: "#aa0000" };
const b = { x: 0.3, y: 0.4, color: "#00bb00" };

test("undo takes steps back one by one, redo brings them again", () => {
  const two = commit(commit(NO_HINTS, [a]), [a, b]);
  expect(undo(two).present).toEqual([a]);
  expect(undo(undo(two)).present).toEqual([]);
  expect(redo(undo(two))).toEqual(two);
});

test("a drag is one step however often it amends", () => {
  const moved = amend(amend(commit(commit(NO_HINTS, [a]), [{ ...a, x: 0.15 }]), [{ ...a, x: 0.2 }]), [b]);
  expect(moved.present).toEqual([b]);
  expect(undo(moved).present).toEqual([a]);
});

test("a new step forgets what was undone", () => {
  const other = commit(undo(commit(NO_HINTS, [a])), [b]);
  expect(redo(other)).toEqual(other);
  expect(other.future).toEqual([]);
});

test("at either end nothing happens", () => {
  expect(undo(NO_HINTS)).toEqual(NO_HINTS);
  expect(redo(commit(NO_HINTS, [a])).present).toEqual([a]);
});

test("as many undos as steps lead back to none, as many redos to the end", () => {
  const lists = fc.array(fc.array(fc.constantFrom(a, b), { maxLength: 3 }), { maxLength: 8 });
  fc.assert(
    fc.property(lists, (steps) => {
      const end = steps.reduce(commit, NO_HINTS);
      const times = (change: (history: HintHistory) => HintHistory, from: HintHistory) =>
        steps.reduce(change, from);
      const start = times(undo, end);
      expect(start.present).toEqual([]);
      expect(times(redo, start)).toEqual(end);
    }),
  );
});
