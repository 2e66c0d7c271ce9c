import { expect, test } from "vitest";
import { belongsTo, distinct, hintsName, isHints, isPhoto, megabytes, stem } from "./names.ts";

test("photos are told by their type, or by their name where the system gives none", () => {
  expect(isPhoto({ name: "a", type: "image/jpeg" })).toBe(true);
  expect(isPhoto({ name: "scan.TIF", type: "" })).toBe(true);
  expect(isPhoto({ name: "phone.heic", type: "" })).toBe(true);
  expect(isPhoto({ name: "notes.txt", type: "text/plain" })).toBe(false);
  expect(isPhoto({ name: "drawing.svg", type: "image/svg+xml" })).toBe(false);
  expect(isPhoto({ name: "jpg", type: "" })).toBe(false);
});

test("hints are JSON", () => {
  expect(isHints({ name: "portrait.hints.json", type: "" })).toBe(true);
  expect(isHints({ name: "portrait.jpg", type: "image/jpeg" })).toBe(false);
});

test("a name without its extension", () => {
  expect(stem("portrait.jpg")).toBe("portrait");
  expect(stem("aunt.rosa.jpeg")).toBe("aunt.rosa");
  expect(stem("portrait")).toBe("portrait");
  expect(stem(".hidden")).toBe(".hidden");
});

test("hints are named after their photo and find it again", () => {
  expect(hintsName("portrait.jpg")).toBe("portrait.hints.json");
  expect(belongsTo("portrait.hints.json", "Portrait.JPG")).toBe(true);
  expect(belongsTo("portrait.json", "portrait.png")).toBe(true);
  expect(belongsTo("portrait.hints.json", "portrait2.jpg")).toBe(false);
});

test("names in one archive differ, letter case aside", () => {
  expect(distinct(["a.jpg", "A.jpg", "b.jpg", "a.jpg"])).toEqual([
    "a.jpg",
    "A (2).jpg",
    "b.jpg",
    "a (3).jpg",
  ]);
  expect(distinct(["a (2).jpg", "a.jpg", "a.jpg"])).toEqual(["a (2).jpg", "a.jpg", "a (3).jpg"]);
});

test("megabytes", () => {
  expect(megabytes(8_354_172)).toBe("8.4 MB");
});
