/**
 * The slider that goes back to any step: samples, the discriminator's table and the values over the charts follow.
 */
import { useEffect, useState } from "preact/hooks";
import type { ShownRun } from "./chart.tsx";
import { formatCount } from "./format.ts";

interface TimelineProps {
  runs: readonly ShownRun[];
  last: number;
  /** Null follows the newest. */
  step: number | null;
  onChange: (step: number | null) => void;
}

const FRAME_MS = 600;

export function Timeline({ runs, last, step, onChange }: TimelineProps) {
  const [playing, setPlaying] = useState(false);
  const at = step ?? last;
  const stops = [...new Set(runs.flatMap(({ data }) => data.samples.map((sample) => sample.step)))].sort(
    (a, b) => a - b,
  );
  const before = stops.findLast((stop) => stop < at);
  const after = stops.find((stop) => stop > at);
  const go = (to: number | undefined) => onChange(to === undefined || to >= last ? null : Math.max(0, to));

  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => {
      if (after === undefined) setPlaying(false);
      else go(after);
    }, FRAME_MS);
    return () => clearTimeout(timer);
  });
  const play = () => {
    if (!playing && after === undefined) go(stops[0]);
    setPlaying(!playing);
  };
  // A hundredth of the way at a press of an arrow, from sample to sample by page.
  const onKeyDown = (event: KeyboardEvent) => {
    const stride = Math.max(1, Math.round(last / 100));
    const targets: Record<string, number | undefined> = {
      ArrowLeft: at - stride,
      ArrowDown: at - stride,
      ArrowRight: at + stride,
      ArrowUp: at + stride,
      PageDown: before ?? 0,
      PageUp: after,
      Home: 0,
      End: last,
    };
    if (!(event.key in targets)) return;
    event.preventDefault();
    go(targets[event.key]);
  };
  return (
    <div class="timeline card">
      <button
        type="button"
        aria-label="Sample before"
        disabled={before === undefined}
        onClick={() => go(before)}
      >
        ‹
      </button>
      <button type="button" class="play" disabled={stops.length < 2} onClick={play}>
        {playing ? "Pause" : "Play"}
      </button>
      <button
        type="button"
        aria-label="Sample after"
        disabled={after === undefined}
        onClick={() => go(after)}
      >
        ›
      </button>
      <input
        type="range"
        aria-label="Step"
        min="0"
        max={Math.max(1, last)}
        value={at}
        aria-valuetext={`step ${formatCount(at)}${step === null ? ", the newest" : ""}`}
        onInput={(event) => go(Number(event.currentTarget.value))}
        onKeyDown={onKeyDown}
      />
      <output>{`step ${formatCount(at)}`}</output>
      <button type="button" class="newest" aria-pressed={step === null} onClick={() => onChange(null)}>
        Newest
      </button>
    </div>
  );
}
