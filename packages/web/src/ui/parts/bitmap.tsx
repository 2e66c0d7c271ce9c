import { useLayoutEffect, useRef } from "preact/hooks";

/** Draws a bitmap at its own size; the style says how large it appears. */
export function Bitmap({ bitmap, className }: { bitmap: ImageBitmap; className: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const { width, height } = bitmap;
    if (width === 0) return;
    canvas.current!.width = width;
    canvas.current!.height = height;
    canvas.current!.getContext("2d")!.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return <canvas ref={canvas} class={className} />;
}
