import { FitIcon, MinusIcon, PlusIcon } from "../parts/icons.tsx";

interface Props {
  /** Device pixels a photo pixel takes, in percent. */
  percent: number;
  whole: boolean;
  onZoom(direction: 1 | -1): void;
  onFit(): void;
  onTrueSize(): void;
}

export function ZoomControls({ percent, whole, onZoom, onFit, onTrueSize }: Props) {
  return (
    <fieldset class="zoom" aria-label="Zoom">
      <button type="button" onClick={() => onZoom(-1)} disabled={whole} aria-label="Zoom out">
        <MinusIcon />
      </button>
      <button
        type="button"
        class="zoom-percent"
        onClick={onTrueSize}
        title="Show true size"
        aria-label={`True size, now ${percent}%`}
      >
        {percent}%
      </button>
      <button type="button" onClick={() => onZoom(1)} aria-label="Zoom in">
        <PlusIcon />
      </button>
      <button type="button" onClick={onFit} disabled={whole} aria-label="Fit the whole photo" title="Fit">
        <FitIcon />
      </button>
    </fieldset>
  );
}
