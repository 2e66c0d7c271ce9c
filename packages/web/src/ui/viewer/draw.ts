import type { Rect, Size } from "./zoom.ts";

export interface Scene {
  stage: Size;
  /** Device pixels a CSS pixel takes. */
  density: number;
  /** Where the photo lies on the stage. */
  photo: Rect;
  before: ImageBitmap | null;
  /** Whether `before` still has to lose its colour. */
  beforeColored: boolean;
  after: ImageBitmap | null;
  /** Where on the stage, from the left, the photo turns from before to after. */
  splitAt: number;
  /** How far the colour has developed, in [0,1]. */
  developed: number;
}

/** Draws the part of the photo that the stage shows, at the screen's own resolution. */
export function drawScene(canvas: HTMLCanvasElement, scene: Scene): void {
  const { stage, density, photo, before, after, splitAt, developed } = scene;
  const width = Math.max(1, Math.round(stage.width * density));
  const height = Math.max(1, Math.round(stage.height * density));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  context.scale(density, density);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  const left = Math.max(0, photo.left);
  const right = Math.min(stage.width, photo.left + photo.width);
  if (before && (developed < 1 || splitAt > left || !after)) {
    if (scene.beforeColored) context.filter = "grayscale(1)";
    clipped(context, left, after && developed === 1 ? splitAt : right, stage.height, () =>
      draw(context, before, photo),
    );
    context.filter = "none";
  }
  if (after && developed > 0 && splitAt < right) {
    context.globalAlpha = developed;
    clipped(context, Math.max(left, splitAt), right, stage.height, () => draw(context, after, photo));
    context.globalAlpha = 1;
  }
}

function draw(context: CanvasRenderingContext2D, bitmap: ImageBitmap, photo: Rect): void {
  if (bitmap.width > 0) context.drawImage(bitmap, photo.left, photo.top, photo.width, photo.height);
}

function clipped(
  context: CanvasRenderingContext2D,
  left: number,
  right: number,
  height: number,
  paint: () => void,
): void {
  if (right <= left) return;
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, height);
  context.clip();
  paint();
  context.restore();
}
