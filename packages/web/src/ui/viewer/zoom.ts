/** What part of a photo a stage shows. Sizes in CSS pixels, but the photo's own in its pixels. */
export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface StageSize extends Size {
  /** Room left around the photo when the whole of it is shown. */
  inset?: number;
}

export interface Rect extends Size {
  left: number;
  top: number;
}

/** `zoom` 1 shows the whole photo; `x`, `y` are the place of the photo, in [0,1], in the stage's middle. */
export interface View extends Point {
  zoom: number;
}

export const WHOLE: View = { zoom: 1, x: 0.5, y: 0.5 };

/** Small photos are shown larger than they are, up to this factor. */
const LARGEST_FIT = 2;
/** Device pixels a photo pixel takes at most. */
const LARGEST = 8;

/** CSS pixels a photo pixel takes when the whole photo is shown. */
export function fitScale(photo: Size, stage: StageSize): number {
  if (photo.width === 0 || photo.height === 0) return 1;
  const room = 2 * (stage.inset ?? 0);
  return Math.max(
    1e-3,
    Math.min((stage.width - room) / photo.width, (stage.height - room) / photo.height, LARGEST_FIT),
  );
}

/** The zoom at which a photo pixel takes one device pixel. */
export function trueZoom(photo: Size, stage: StageSize, density: number): number {
  return 1 / (density * fitScale(photo, stage));
}

export function largestZoom(photo: Size, stage: StageSize, density: number): number {
  return Math.max(4, LARGEST * trueZoom(photo, stage, density));
}

/** Where the photo lies on the stage. */
export function photoRect(photo: Size, stage: StageSize, view: View): Rect {
  const scale = fitScale(photo, stage) * view.zoom;
  const width = photo.width * scale;
  const height = photo.height * scale;
  return {
    left: stage.width / 2 - view.x * width,
    top: stage.height / 2 - view.y * height,
    width,
    height,
  };
}

/** The part of the stage that the photo covers. */
export function shownRect(photo: Size, stage: StageSize, view: View): Rect {
  const rect = photoRect(photo, stage, view);
  const left = Math.max(0, rect.left);
  const top = Math.max(0, rect.top);
  return {
    left,
    top,
    width: Math.min(stage.width, rect.left + rect.width) - left,
    height: Math.min(stage.height, rect.top + rect.height) - top,
  };
}

/** The nearest view that leaves no empty stage beside a photo larger than it. */
export function settle(photo: Size, stage: StageSize, view: View, density: number): View {
  const zoom = Math.min(Math.max(view.zoom, 1), largestZoom(photo, stage, density));
  const { width, height } = photoRect(photo, stage, { ...view, zoom });
  return { zoom, x: within(view.x, stage.width / width), y: within(view.y, stage.height / height) };
}

/** The middle of a window that covers `share` of the photo, moved inside it. */
function within(middle: number, share: number): number {
  if (share >= 1) return 0.5;
  return Math.min(Math.max(middle, share / 2), 1 - share / 2);
}

/** Zooms by `factor`; the place of the photo under `point` stays there as far as the edges allow. */
export function zoomAbout(
  photo: Size,
  stage: StageSize,
  view: View,
  factor: number,
  point: Point,
  density: number,
): View {
  const zoom = Math.min(Math.max(view.zoom * factor, 1), largestZoom(photo, stage, density));
  const place = placeAt(photo, stage, view, point);
  const { width, height } = photoRect(photo, stage, { ...view, zoom });
  const x = place.x + (stage.width / 2 - point.x) / width;
  const y = place.y + (stage.height / 2 - point.y) / height;
  return settle(photo, stage, { zoom, x, y }, density);
}

/** Moves the photo by `dx`, `dy` on the stage. */
export function panBy(
  photo: Size,
  stage: StageSize,
  view: View,
  dx: number,
  dy: number,
  density: number,
): View {
  const { width, height } = photoRect(photo, stage, view);
  return settle(photo, stage, { ...view, x: view.x - dx / width, y: view.y - dy / height }, density);
}

/** The place of the photo, in [0,1] inside it, at a point of the stage. */
export function placeAt(photo: Size, stage: StageSize, view: View, point: Point): Point {
  const rect = photoRect(photo, stage, view);
  return { x: (point.x - rect.left) / rect.width, y: (point.y - rect.top) / rect.height };
}

/** The point of the stage at which a place of the photo lies. */
export function pointAt(photo: Size, stage: StageSize, view: View, place: Point): Point {
  const rect = photoRect(photo, stage, view);
  return { x: rect.left + place.x * rect.width, y: rect.top + place.y * rect.height };
}

/** The nearest view in which a place is on the stage, at least `margin` from its edge where that can be. */
export function reveal(
  photo: Size,
  stage: StageSize,
  view: View,
  place: Point,
  margin: number,
  density: number,
): View {
  const point = pointAt(photo, stage, view, place);
  const dx = excess(point.x, stage.width, margin);
  const dy = excess(point.y, stage.height, margin);
  return dx === 0 && dy === 0 ? view : panBy(photo, stage, view, dx, dy, density);
}

function excess(at: number, size: number, margin: number): number {
  if (at < margin) return margin - at;
  if (at > size - margin) return size - margin - at;
  return 0;
}
