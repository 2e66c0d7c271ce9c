import type { Point } from "./zoom.ts";

/** What pointers do on a stage; points and distances in CSS pixels from its corner. */
export interface GestureHandlers {
  tap(point: Point): void;
  doubleTap(point: Point): void;
  drag(dx: number, dy: number, point: Point): void;
  /** Zoom by `factor` about `point`, from two fingers or the wheel. */
  zoom(factor: number, point: Point): void;
}

/** A pointer that moves less is held to rest. */
const SLOP = 5;
const DOUBLE_TAP_MS = 320;
const WHEEL_STEP = 0.0016;
/** Browsers report a pinch on a trackpad as a wheel with the control key, in much smaller steps. */
const PINCH_STEP = 0.01;
const LINE = 16;

/** @returns a function that stops listening */
export function listenGestures(element: HTMLElement, handlers: () => GestureHandlers): () => void {
  const pointers = new Map<number, Point>();
  let start: Point | null = null;
  let moved = false;
  let lastTap: (Point & { time: number }) | null = null;

  const place = (event: MouseEvent): Point => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };

  function down(event: PointerEvent) {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    if (pointers.size === 1) {
      start = place(event);
      moved = false;
    } else moved = true;
  }

  function move(event: PointerEvent) {
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = place(event);
    if (pointers.size === 1) {
      if (!moved && start && distance(start, now) < SLOP) return;
      moved = true;
      pointers.set(event.pointerId, now);
      return handlers().drag(now.x - before.x, now.y - before.y, now);
    }
    const other = [...pointers].find(([id]) => id !== event.pointerId)![1];
    pointers.set(event.pointerId, now);
    const middle = between(now, other);
    const old = between(before, other);
    handlers().drag(middle.x - old.x, middle.y - old.y, middle);
    handlers().zoom(distance(now, other) / Math.max(1, distance(before, other)), middle);
  }

  function up(event: PointerEvent) {
    if (!pointers.delete(event.pointerId) || pointers.size > 0 || moved) return;
    const point = place(event);
    const twice =
      lastTap && event.timeStamp - lastTap.time < DOUBLE_TAP_MS && distance(lastTap, point) < 4 * SLOP;
    lastTap = twice ? null : { ...point, time: event.timeStamp };
    if (twice) handlers().doubleTap(point);
    else handlers().tap(point);
  }

  function cancel(event: PointerEvent) {
    pointers.delete(event.pointerId);
    moved = true;
  }

  function wheel(event: WheelEvent) {
    event.preventDefault();
    const step = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE : event.deltaY;
    handlers().zoom(Math.exp(-step * (event.ctrlKey ? PINCH_STEP : WHEEL_STEP)), place(event));
  }

  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", cancel);
  element.addEventListener("wheel", wheel, { passive: false });
  return () => {
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", up);
    element.removeEventListener("pointercancel", cancel);
    element.removeEventListener("wheel", wheel);
  };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function between(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
