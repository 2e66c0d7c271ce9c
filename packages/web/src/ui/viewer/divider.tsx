import { useLayoutEffect, useRef } from "preact/hooks";
import type { Rect } from "./zoom.ts";

interface Props {
  /** Part of the stage that the photo covers. */
  shown: Rect;
  /** Place in it, in [0,1] from the left, where before turns to after. */
  split: number;
  onSplit(split: number): void;
}

const STEP = 0.02;
const PAGE = 0.1;

/** The handle between before and after. */
export function Divider({ shown, split, onSplit }: Props) {
  const handle = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { style } = handle.current!;
    style.left = `${shown.left + split * shown.width}px`;
    style.top = `${shown.top}px`;
    style.height = `${shown.height}px`;
  }, [shown.left, shown.top, shown.width, shown.height, split]);

  function key(event: KeyboardEvent) {
    const steps: Record<string, number> = {
      ArrowLeft: split - STEP,
      ArrowDown: split - STEP,
      ArrowRight: split + STEP,
      ArrowUp: split + STEP,
      PageDown: split - PAGE,
      PageUp: split + PAGE,
      Home: 0,
      End: 1,
    };
    const to = steps[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    onSplit(Math.min(1, Math.max(0, Number(to.toFixed(4)))));
  }

  function move(event: PointerEvent) {
    if (!handle.current!.hasPointerCapture(event.pointerId)) return;
    const stage = handle.current!.parentElement!.getBoundingClientRect();
    const at = (event.clientX - stage.left - shown.left) / shown.width;
    onSplit(Math.min(1, Math.max(0, at)));
  }

  return (
    <div
      ref={handle}
      class="divider"
      role="slider"
      tabIndex={0}
      aria-label="Before and after"
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(split * 100)}
      aria-valuetext={`${Math.round((1 - split) * 100)}% in colour`}
      onKeyDown={key}
      onPointerDown={(event) => {
        event.stopPropagation();
        if (event.button === 0) handle.current!.setPointerCapture(event.pointerId);
      }}
      onPointerMove={move}
    >
      <span class="divider-knob" />
    </div>
  );
}
