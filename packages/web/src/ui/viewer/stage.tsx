import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { FullSize, Photo } from "../state/index.ts";
import { lookKey, lookOf } from "../state/index.ts";
import { Divider } from "./divider.tsx";
import { drawScene } from "./draw.ts";
import { type GestureHandlers, listenGestures } from "./gestures.ts";
import { useDevelop } from "./use-develop.ts";
import { useSize } from "./use-size.ts";
import {
  fitScale,
  type Point,
  panBy,
  photoRect,
  placeAt,
  pointAt,
  type Rect,
  reveal,
  type Size,
  settle,
  shownRect,
  trueZoom,
  type View,
  WHOLE,
  zoomAbout,
} from "./zoom.ts";
import { ZoomControls } from "./zoom-controls.tsx";

/** What is drawn over the photo needs this to find its place. */
export interface StageGeometry {
  stage: Size;
  shown: Rect;
  toPoint(place: Point): Point;
  toPlace(point: Point): Point;
}

interface Props {
  photo: Photo;
  full: FullSize | null;
  /** Share of the shown photo, from the left, that stays as it was. */
  split: number;
  onSplit(split: number): void;
  /** Colour hints are set: a tap names a place, and the whole photo is in colour. */
  fixing: boolean;
  /** The place that the keyboard's crosshair is at, kept in sight. */
  crosshair: Point | null;
  onTap(place: Point): void;
  /** @returns whether the key was used */
  onKey(key: string, event: KeyboardEvent): boolean;
  onSharpen(withGray: boolean): void;
  overlay?: (geometry: StageGeometry) => ComponentChildren;
  children?: ComponentChildren;
}

const ZOOM_STEP = 1.4;
const PAN_STEP = 60;
/** How long a view must rest before the photo is painted at full size for it, in milliseconds. */
const REST = 250;
/** A preview may be enlarged this much before the full size is worth its time. */
const ENLARGED = 1.1;
const EDGE = 48;
/** Room around the whole photo, on stages that have it. */
const INSET = 14;
const NARROW = 600;

export function Stage(props: Props) {
  const { photo, full, fixing, onSplit, onTap, onKey, onSharpen, overlay, children } = props;
  const element = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const bare = useSize(element);
  const stage = { ...bare, inset: bare.width >= NARROW ? INSET : 0 };
  const density = window.devicePixelRatio || 1;
  const [views, setViews] = useState<{ id: number; view: View }>({ id: photo.id, view: WHOLE });
  const [held, setHeld] = useState(false);
  const developed = useDevelop(photo.id, photo.color !== null);

  const size = sizeOf(photo);
  const view = settle(size, stage, views.id === photo.id ? views.view : WHOLE, density);
  const setView = (next: View) => setViews({ id: photo.id, view: next });
  const rect = photoRect(size, stage, view);
  const shown = shownRect(size, stage, view);
  const split = held ? 1 : fixing ? 0 : props.split;
  const zoomed = view.zoom > 1.001;

  const key = lookKey(lookOf(photo));
  const sharp = full?.id === photo.id && full.key === key ? full : null;
  const enlarged =
    photo.color !== null &&
    photo.width > photo.color.width &&
    rect.width * density > photo.color.width * ENLARGED;
  const wantsGray = split > 0;
  const sharpening = enlarged && (sharp === null || (wantsGray && sharp.gray === null));
  useEffect(() => {
    if (!sharpening) return;
    const timer = setTimeout(() => onSharpen(wantsGray), REST);
    return () => clearTimeout(timer);
  }, [sharpening, photo.id, key, wantsGray]);

  useLayoutEffect(() => {
    const thumb = photo.gray === null ? photo.thumb : null;
    drawScene(canvas.current!, {
      stage,
      density,
      photo: rect,
      before: (enlarged && full?.id === photo.id ? full.gray : null) ?? photo.gray ?? thumb,
      beforeColored: thumb !== null,
      after: (enlarged ? sharp?.color : null) ?? photo.color,
      splitAt: shown.left + split * shown.width,
      developed,
    });
  });

  const crosshair = props.crosshair;
  useEffect(() => {
    if (crosshair) setView(reveal(size, stage, view, crosshair, EDGE, density));
  }, [crosshair?.x, crosshair?.y]);

  const middle = { x: stage.width / 2, y: stage.height / 2 };
  const zoomBy = (factor: number, point: Point) =>
    setView(zoomAbout(size, stage, view, factor, point, density));
  const trueSize = trueZoom(size, stage, density);
  const showTrueSize = (point: Point) => zoomBy(Math.max(1, trueSize) / view.zoom, point);

  const handlers: GestureHandlers = {
    tap: (point) => {
      const place = placeAt(size, stage, view, point);
      const inside = place.x >= 0 && place.x <= 1 && place.y >= 0 && place.y <= 1;
      if (inside) onTap(place);
    },
    doubleTap: (point) => {
      if (fixing) return;
      if (zoomed) setView(WHOLE);
      else if (trueSize > 1.2) showTrueSize(point);
      else zoomBy(2.5, point);
    },
    drag: (dx, dy, point) => {
      if (zoomed) setView(panBy(size, stage, view, dx, dy, density));
      else if (!fixing && photo.color !== null) {
        onSplit(Math.min(1, Math.max(0, (point.x - shown.left) / shown.width)));
      }
    },
    zoom: zoomBy,
  };
  const latest = useRef(handlers);
  latest.current = handlers;
  useEffect(() => listenGestures(element.current!, () => latest.current), []);

  function keyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const arrows: Record<string, [number, number]> = {
      ArrowLeft: [PAN_STEP, 0],
      ArrowRight: [-PAN_STEP, 0],
      ArrowUp: [0, PAN_STEP],
      ArrowDown: [0, -PAN_STEP],
    };
    const own = event.target === event.currentTarget;
    if (event.key === "+" || event.key === "=") zoomBy(ZOOM_STEP, middle);
    else if (event.key === "-") zoomBy(1 / ZOOM_STEP, middle);
    else if (event.key === "0") setView(WHOLE);
    else if (event.key === "1") showTrueSize(middle);
    else if (event.key === "c") setHeld(true);
    else if (own && onKey(event.key, event)) {
      // Used by what lies over the photo.
    } else if (own && arrows[event.key]) setView(panBy(size, stage, view, ...arrows[event.key]!, density));
    else return;
    event.preventDefault();
  }

  const geometry: StageGeometry = {
    stage,
    shown,
    toPoint: (place) => pointAt(size, stage, view, place),
    toPlace: (point) => placeAt(size, stage, view, point),
  };
  return (
    <div class="stage-frame">
      {/* biome-ignore lint/a11y/useSemanticElements: no fieldset, a picture with its own controls */}
      <div
        ref={element}
        class={`stage${fixing ? " fixing" : ""}${zoomed ? " zoomed" : ""}`}
        role="group"
        /* biome-ignore lint/a11y/noNoninteractiveTabindex: it is zoomed and moved by keys, as a map is */
        tabIndex={0}
        aria-label={`Photo ${photo.file.name}`}
        aria-describedby="stage-keys"
        onKeyDown={keyDown}
        onKeyUp={(event) => event.key === "c" && setHeld(false)}
        onBlur={() => setHeld(false)}
      >
        <canvas ref={canvas} class="stage-canvas" role="img" aria-label={describe(photo)} />
        {photo.color !== null && !fixing && (
          <>
            <Divider shown={shown} split={split} onSplit={onSplit} />
            <Tags shown={shown} split={split} />
          </>
        )}
        {stage.width > 0 && overlay?.(geometry)}
        <p id="stage-keys" class="hidden">
          {fixing
            ? "Arrow keys move the crosshair, Enter chooses a colour there. Plus and minus zoom."
            : "Plus and minus zoom, 0 shows the whole photo, 1 its true size, arrow keys move it, hold C to see it as it was."}
        </p>
      </div>
      {photo.color !== null && (
        <ZoomControls
          percent={Math.round(fitScale(size, stage) * view.zoom * density * 100)}
          whole={!zoomed}
          onZoom={(direction) => zoomBy(ZOOM_STEP ** direction, middle)}
          onFit={() => setView(WHOLE)}
          onTrueSize={() => showTrueSize(middle)}
        />
      )}
      {sharpening && photo.status === "done" && <p class="stage-note">Bringing in full detail …</p>}
      {children}
    </div>
  );
}

function Tags({ shown, split }: { shown: Rect; split: number }) {
  const tags = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { style } = tags.current!;
    style.left = `${shown.left}px`;
    style.top = `${shown.top}px`;
    style.width = `${shown.width}px`;
  }, [shown.left, shown.top, shown.width]);
  return (
    <div ref={tags} class="tags" aria-hidden="true">
      <span class={split > 0.16 ? "" : "out"}>Before</span>
      <span class={split < 0.84 ? "" : "out"}>After</span>
    </div>
  );
}

/** The photo's size; until it was opened, one of the same shape. */
function sizeOf({ width, height, thumb }: Photo): Size {
  if (width > 0) return { width, height };
  if (thumb && thumb.width > 0) return { width: thumb.width * 20, height: thumb.height * 20 };
  return { width: 0, height: 0 };
}

function describe({ file, status, color }: Photo): string {
  if (color) return `${file.name}, in colour`;
  if (status === "failed") return `${file.name}, not opened`;
  return `${file.name}, in gray`;
}
