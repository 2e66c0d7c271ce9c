import { useEffect, useState } from "preact/hooks";

const DURATION = 1100;

/** Runs from 0 to 1 when colour first comes to a photo that was shown in gray; 1 where motion is unwanted. */
export function useDevelop(id: number, colored: boolean): number {
  const [shown, setShown] = useState({ id, colored, developed: colored ? 1 : 0 });
  const starts = colored && shown.id === id && !shown.colored;
  useEffect(() => {
    if (!starts || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      setShown({ id, colored, developed: colored ? 1 : 0 });
      return;
    }
    const begin = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      const share = Math.min(1, Math.max(0, (now - begin) / DURATION));
      setShown({ id, colored: share === 1, developed: ease(share) });
      if (share < 1) frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
    // The animation sets what `starts` is derived from: only a new photo or its colour may restart it.
  }, [id, colored]);
  if (shown.id !== id) return colored ? 1 : 0;
  return colored ? shown.developed : 0;
}

function ease(share: number): number {
  return share * share * (3 - 2 * share);
}
