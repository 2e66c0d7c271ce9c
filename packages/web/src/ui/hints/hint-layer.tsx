import type { Hint } from "autochrome/browser";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { StageGeometry } from "../viewer/stage.tsx";
import type { Point } from "../viewer/zoom.ts";
import { colorName } from "./colors.ts";
import type { Fixing } from "./use-fixing.ts";

const STEP = 0.005;
const SLOP = 4;

/** The hints as dots on the photo, the place that is being coloured, and the keyboard's crosshair. */
export function HintLayer({ fixing, geometry }: { fixing: Fixing; geometry: StageGeometry }) {
  const { target, crosshair, hints } = fixing;
  return (
    <div class="hints">
      {hints.map((hint, index) => (
        <Dot key={index} hint={hint} index={index} fixing={fixing} geometry={geometry} />
      ))}
      {target !== null && target.index === null && (
        <At place={target.place} geometry={geometry} className="aim" />
      )}
      {crosshair !== null && <At place={crosshair} geometry={geometry} className="crosshair" />}
    </div>
  );
}

function At({ place, geometry, className }: { place: Point; geometry: StageGeometry; className: string }) {
  const mark = useRef<HTMLSpanElement>(null);
  const { x, y } = geometry.toPoint(place);
  useLayoutEffect(() => put(mark.current!, x, y), [x, y]);
  return <span ref={mark} class={className} aria-hidden="true" />;
}

interface DotProps {
  hint: Hint;
  index: number;
  fixing: Fixing;
  geometry: StageGeometry;
}

function Dot({ hint, index, fixing, geometry }: DotProps) {
  const dot = useRef<HTMLButtonElement>(null);
  const drag = useRef<{ from: Point; moved: boolean } | null>(null);
  const { x, y } = geometry.toPoint(hint);
  useLayoutEffect(() => {
    put(dot.current!, x, y);
    dot.current!.style.setProperty("--color", hint.color);
  }, [x, y, hint.color]);

  function move(event: PointerEvent) {
    if (drag.current === null) return;
    const { from, moved } = drag.current;
    if (!moved && Math.hypot(event.clientX - from.x, event.clientY - from.y) < SLOP) return;
    drag.current.moved = true;
    const stage = dot.current!.closest(".stage")!.getBoundingClientRect();
    const place = geometry.toPlace({ x: event.clientX - stage.left, y: event.clientY - stage.top });
    fixing.move(index, place, moved);
  }

  function key(event: KeyboardEvent) {
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    const step = steps[event.key];
    if (step) fixing.move(index, { x: hint.x + step[0], y: hint.y + step[1] }, event.repeat);
    else if (event.key === "Delete" || event.key === "Backspace") {
      fixing.remove(index);
      dot.current!.closest<HTMLElement>(".stage")!.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <button
      ref={dot}
      type="button"
      class={fixing.target?.index === index ? "dot chosen" : "dot"}
      aria-label={`Hint ${index + 1}: ${colorName(hint.color)}`}
      aria-haspopup="dialog"
      onKeyDown={key}
      onPointerDown={(event) => {
        event.stopPropagation();
        if (event.button !== 0) return;
        dot.current!.setPointerCapture(event.pointerId);
        drag.current = { from: { x: event.clientX, y: event.clientY }, moved: false };
      }}
      onPointerMove={move}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onClick={() => {
        const moved = drag.current?.moved ?? false;
        drag.current = null;
        if (!moved) fixing.pick(index);
      }}
    />
  );
}

function put({ style }: HTMLElement, x: number, y: number): void {
  style.left = `${x}px`;
  style.top = `${y}px`;
}
