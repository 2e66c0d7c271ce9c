import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ColorSuggestion } from "../../engine/protocol.ts";
import { CloseIcon, TrashIcon } from "../parts/icons.tsx";
import type { Session } from "../session/index.ts";
import type { Photo } from "../state/index.ts";
import type { StageGeometry } from "../viewer/stage.tsx";
import { colorName, lightnessAt, PALETTE, paletteHex } from "./colors.ts";
import type { Fixing, Target } from "./use-fixing.ts";

interface Props {
  session: Session;
  photo: Photo;
  target: Target;
  fixing: Fixing;
  geometry: StageGeometry;
}

const GAP = 22;
const MARGIN = 8;

/** The colours to choose from for one place, beside it. */
export function ColorPopover({ session, photo, target, fixing, geometry }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [suggested, setSuggested] = useState<ColorSuggestion[] | null>(null);
  const { key, place, index } = target;
  const { x, y } = geometry.toPoint(place);
  const chosen = index === null ? null : (fixing.hints[index]?.color ?? null);

  const lightness = useMemo(
    () => (photo.gray === null ? 50 : lightnessAt(photo.gray, place.x, place.y)),
    [key, photo.gray],
  );

  useEffect(() => {
    let current = true;
    setSuggested(null);
    session.suggest(photo.id, place.x, place.y).then((colors) => current && setSuggested(colors));
    return () => {
      current = false;
    };
  }, [photo.id, key]);

  useLayoutEffect(() => box.current!.focus({ preventScroll: true }), [key]);

  useLayoutEffect(() => {
    const { offsetWidth: width, offsetHeight: height, style } = box.current!;
    const { stage } = geometry;
    const right = x + GAP + width <= stage.width - MARGIN;
    const left = right ? x + GAP : x - GAP - width;
    style.setProperty("--left", `${clamp(left, stage.width - width)}px`);
    style.setProperty("--top", `${clamp(y - height / 3, stage.height - height)}px`);
  });

  function close() {
    box.current!.closest<HTMLElement>(".stage")?.focus();
    fixing.close();
  }

  return (
    <div
      ref={box}
      class="popover"
      role="dialog"
      aria-label="Colour of this place"
      tabIndex={-1}
      onPointerDown={(event) => event.stopPropagation()}
      onWheel={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
        if (event.key === "Escape") close();
        if ((event.key === "Delete" || event.key === "Backspace") && index !== null) {
          close();
          fixing.remove(index);
        }
      }}
    >
      <div class="popover-head">
        <h2>What colour is this?</h2>
        <button type="button" class="button quiet icon-only" aria-label="Close" onClick={close}>
          <CloseIcon />
        </button>
      </div>
      {suggested?.length !== 0 && (
        <div class="suggested" aria-busy={suggested === null}>
          <h3>Likely here</h3>
          <ul>
            {suggested?.map(({ color, reason }) => (
              <li key={color}>
                <Swatch
                  color={color}
                  name={`${colorName(color)}, ${reason}`}
                  chosen={color === chosen}
                  onChoose={fixing.choose}
                />
              </li>
            ))}
          </ul>
        </div>
      )}
      <h3>Palette</h3>
      <ul class="palette">
        {PALETTE.map((color) => {
          const hex = paletteHex(color, lightness);
          return (
            <li key={color.name}>
              <Swatch color={hex} name={color.name} chosen={hex === chosen} onChoose={fixing.choose} />
            </li>
          );
        })}
      </ul>
      <div class="popover-foot">
        <label class="any-color">
          <input
            type="color"
            value={chosen ?? paletteHex(PALETTE[0]!, lightness)}
            onInput={({ currentTarget }) => fixing.choose(currentTarget.value)}
          />
          Any colour
        </label>
        {index !== null && (
          <button
            type="button"
            class="button quiet small"
            onClick={() => {
              close();
              fixing.remove(index);
            }}
          >
            <TrashIcon />
            Delete
          </button>
        )}
      </div>
    </div>
  );
}

interface SwatchProps {
  color: string;
  name: string;
  chosen: boolean;
  onChoose(color: string): void;
}

function Swatch({ color, name, chosen, onChoose }: SwatchProps) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    button.current!.style.setProperty("--color", color);
  }, [color]);
  return (
    <button
      ref={button}
      type="button"
      class="swatch"
      aria-label={name}
      title={name}
      aria-pressed={chosen}
      onClick={() => onChoose(color)}
    />
  );
}

function clamp(at: number, most: number): number {
  return Math.max(MARGIN, Math.min(at, most - MARGIN));
}
