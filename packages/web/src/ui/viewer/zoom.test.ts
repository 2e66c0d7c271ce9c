import fc from "fast-check";
import { expect, test } from "vitest";
import {
  fitScale,
  largestZoom,
  panBy,
  photoRect,
  placeAt,
  pointAt,
  reveal,
  settle,
  shownRect,
  trueZoom,
  type View,
  WHOLE,
  zoomAbout,
} from "./zoom.ts";

const photo = { width: 4000, height: 3000 };
const stage = { width: 800, height: 800 };

test("the whole photo fits, in the middle", () => {
  expect(fitScale(photo, stage)).toBeCloseTo(0.2);
  expect(photoRect(photo, stage, WHOLE)).toEqual({ left: 0, top: 100, width: 800, height: 600 });
});

test("room around the photo is left free", () => {
  const { left, width } = photoRect(photo, { ...stage, inset: 40 }, WHOLE);
  expect([left, width]).toEqual([40, 720]);
});

test("a small photo is at most doubled", () => {
  expect(fitScale({ width: 100, height: 50 }, stage)).toBe(2);
});

test("at true size a photo pixel takes a device pixel", () => {
  expect(trueZoom(photo, stage, 2) * fitScale(photo, stage)).toBeCloseTo(0.5);
});

test("the part that is shown ends at the stage", () => {
  const view = settle(photo, stage, { zoom: 4, x: 0, y: 0 }, 1);
  expect(shownRect(photo, stage, view)).toEqual({ left: 0, top: 0, width: 800, height: 800 });
  expect(shownRect(photo, stage, WHOLE)).toEqual({ left: 0, top: 100, width: 800, height: 600 });
});

test("a drag moves the photo with the pointer until its edge", () => {
  const view: View = { zoom: 4, x: 0.5, y: 0.5 };
  const moved = panBy(photo, stage, view, 32, -48, 1);
  const before = photoRect(photo, stage, view);
  const after = photoRect(photo, stage, moved);
  expect(after.left - before.left).toBeCloseTo(32);
  expect(after.top - before.top).toBeCloseTo(-48);
  expect(photoRect(photo, stage, panBy(photo, stage, view, 1e6, 0, 1)).left).toBeCloseTo(0);
});

test("a hidden place is brought into sight, a visible one moves nothing", () => {
  const view: View = { zoom: 6, x: 0.5, y: 0.5 };
  expect(reveal(photo, stage, view, { x: 0.5, y: 0.52 }, 40, 1)).toBe(view);
  const shown = reveal(photo, stage, view, { x: 0.8, y: 0.5 }, 40, 1);
  expect(pointAt(photo, stage, shown, { x: 0.8, y: 0.5 }).x).toBeCloseTo(760);
});

const sizes = fc.record({
  width: fc.integer({ min: 1, max: 12000 }),
  height: fc.integer({ min: 1, max: 12000 }),
});
const stages = fc.record({
  width: fc.integer({ min: 200, max: 3000 }),
  height: fc.integer({ min: 200, max: 2000 }),
});
const shares = fc.double({ min: 0, max: 1, noNaN: true });
const views = fc.record({ zoom: fc.double({ min: 0.1, max: 60, noNaN: true }), x: shares, y: shares });
const densities = fc.constantFrom(1, 1.5, 2, 3);

test("a settled view leaves no empty stage beside a photo that is larger", () => {
  fc.assert(
    fc.property(sizes, stages, views, densities, (size, on, view, density) => {
      const settled = settle(size, on, view, density);
      const { left, top, width, height } = photoRect(size, on, settled);
      expect(settled.zoom).toBeLessThanOrEqual(largestZoom(size, on, density));
      if (width >= on.width) {
        expect(left).toBeLessThanOrEqual(1e-3);
        expect(left + width).toBeGreaterThanOrEqual(on.width - 1e-3);
      } else expect(left + width / 2).toBeCloseTo(on.width / 2, 3);
      if (height >= on.height) expect(top).toBeLessThanOrEqual(1e-3);
      else expect(top + height / 2).toBeCloseTo(on.height / 2, 3);
    }),
  );
});

test("zooming keeps the place under the pointer, where the edges let it", () => {
  const view = settle(photo, stage, { zoom: 5, x: 0.4, y: 0.6 }, 1);
  const point = { x: 300, y: 500 };
  const place = placeAt(photo, stage, view, point);
  const closer = zoomAbout(photo, stage, view, 1.5, point, 1);
  expect(pointAt(photo, stage, closer, place).x).toBeCloseTo(point.x);
  expect(pointAt(photo, stage, closer, place).y).toBeCloseTo(point.y);
});

test("place and point are each other's inverse", () => {
  fc.assert(
    fc.property(sizes, stages, views, shares, shares, (size, on, view, x, y) => {
      const settled = settle(size, on, view, 1);
      const back = placeAt(size, on, settled, pointAt(size, on, settled, { x, y }));
      expect(back.x).toBeCloseTo(x, 6);
      expect(back.y).toBeCloseTo(y, 6);
    }),
  );
});
