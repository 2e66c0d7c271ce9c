/**
 * Sample sheets, taken apart into photos: gray, painted, true.
 */
import { useEffect, useState } from "preact/hooks";
import type { ShownRun } from "./chart.tsx";
import { formatCount } from "./format.ts";

/** White between the pictures of a sheet, pixels. */
const GAP = 4;

interface Sheet {
  url: string;
  step: number;
  width: number;
  height: number;
}

export function Samples({ runs, step }: { runs: readonly ShownRun[]; step: number }) {
  return (
    <div class="samples">
      {runs.map((run) => (
        <RunSamples key={run.data.id} run={run} step={step} several={runs.length > 1} />
      ))}
    </div>
  );
}

function RunSamples({ run, step, several }: { run: ShownRun; step: number; several: boolean }) {
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const sample = run.data.sampleAt(step);
  const url =
    sample === null
      ? null
      : `/api/sample?${new URLSearchParams({ run: run.data.id, step: String(sample.step), v: sample.version })}`;
  // The address says which sample it is
  useEffect(() => {
    if (url === null || sample === null) return setSheet(null);
    let current = true;
    // The sheet before stays until this one is there, so nothing flickers.
    const image = new Image();
    image.onload = () => {
      if (!current) return;
      setSheet({ url, step: sample.step, width: image.naturalWidth, height: image.naturalHeight });
    };
    image.src = url;
    return () => {
      current = false;
    };
  }, [url]);

  if (sheet === null) {
    return (
      <p class="card empty-samples">{sample === null ? "Samples come with the first validation" : ""}</p>
    );
  }
  const side = (sheet.width - 2 * GAP) / 3;
  const rows = Math.max(1, Math.round((sheet.height + GAP) / (side + GAP)));
  return (
    <div class={`card run-${run.colour}`}>
      <h3>
        {several && <i class="dot" aria-hidden="true" />} {several ? run.name : "Samples"}{" "}
        <small>{`step ${formatCount(sheet.step)}: gray, painted, true`}</small>
      </h3>
      <div class="triples">
        {Array.from({ length: rows }, (_, row) => (
          <div
            key={`row ${row + 1}`}
            class="triple"
            role="img"
            aria-label={`Photo ${row + 1} at step ${sheet.step}: gray, painted, true`}
          >
            {[0, 1, 2].map((column) => (
              <div key={`column ${column}`} style={tileStyle(sheet, side, row, column)} />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

/** A picture of the sheet as the background of a square; places are shares of what the sheet is larger by. */
function tileStyle({ url, width, height }: Sheet, side: number, row: number, column: number) {
  const share = (start: number, whole: number) => (whole > side ? (100 * start) / (whole - side) : 0);
  return {
    backgroundImage: `url("${url}")`,
    backgroundSize: `${(100 * width) / side}% ${(100 * height) / side}%`,
    backgroundPosition: `${share(column * (side + GAP), width)}% ${share(row * (side + GAP), height)}%`,
  };
}
