import { useLayoutEffect, useRef } from "preact/hooks";

/** A bar of a share in [0,1]; null while nothing is known of how far it is. */
export function Progress({ share, label }: { share: number | null; label: string }) {
  const bar = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    bar.current!.style.setProperty("--share", String(share ?? 0));
  }, [share]);
  const percent = share === null ? undefined : Math.round(share * 100);
  return (
    <div
      ref={bar}
      class={share === null ? "progress unknown" : "progress"}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    />
  );
}
