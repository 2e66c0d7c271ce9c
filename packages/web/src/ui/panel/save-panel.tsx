import { useEffect, useRef, useState } from "preact/hooks";
import type { ExportOptions } from "../../engine/protocol.ts";
import { ArchiveIcon, DownloadIcon, OptionsIcon, ShareIcon } from "../parts/icons.tsx";
import type { Session } from "../session/index.ts";
import type { Photo, State } from "../state/index.ts";

const FORMATS = [
  { name: "As it was", value: "own" },
  { name: "JPEG", value: "jpeg" },
  { name: "PNG", value: "png" },
  { name: "WebP", value: "webp" },
] as const;

type Format = (typeof FORMATS)[number]["value"];

/** What is shown until another is chosen; each format then has its own default near it. */
const USUAL_QUALITY = 92;

/** Whether this browser can hand photos to other applications. */
const CAN_SHARE =
  typeof navigator.canShare === "function" &&
  navigator.canShare({ files: [new File([], "photo.jpg", { type: "image/jpeg" })] });

/** Saving, sharing, and as what file. */
export function SavePanel({ session, state, photo }: { session: Session; state: State; photo: Photo }) {
  const [open, setOpen] = useState(false);
  const [format, setFormat] = useState<Format>("own");
  const [quality, setQuality] = useState<number | null>(null);
  const settings = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (open) settings.current!.scrollIntoView({ block: "nearest" });
  }, [open]);
  const off = photo.status !== "done" || state.busy !== null;
  const done = state.photos.filter(({ status }) => status === "done").length;
  const options: ExportOptions = {
    format: format === "own" ? undefined : format,
    quality: quality ?? undefined,
  };

  return (
    <div class="save">
      <div class="save-row">
        <button
          type="button"
          class="button primary wide"
          disabled={off}
          onClick={() => session.save(photo.id, options)}
        >
          <DownloadIcon />
          {state.busy ?? "Download"}
        </button>
        {CAN_SHARE && (
          <button
            type="button"
            class="button icon-only"
            disabled={off}
            aria-label="Share"
            title="Share"
            onClick={() => session.share(photo.id, options)}
          >
            <ShareIcon />
          </button>
        )}
        <button
          type="button"
          class="button icon-only"
          aria-label="File format"
          title="File format"
          aria-expanded={open}
          aria-controls="save-options"
          onClick={() => setOpen(!open)}
        >
          <OptionsIcon />
        </button>
      </div>
      {open && (
        <div ref={settings} id="save-options" class="save-options">
          <fieldset class="segments">
            <legend>File format</legend>
            {FORMATS.map(({ name, value }) => (
              <label key={value}>
                <input
                  type="radio"
                  name="format"
                  checked={format === value}
                  onChange={() => setFormat(value)}
                />
                <span>{name}</span>
              </label>
            ))}
          </fieldset>
          {format !== "png" && (
            <div class="range">
              <label for="quality">Quality</label>
              <output for="quality">{quality ?? USUAL_QUALITY}</output>
              <input
                id="quality"
                type="range"
                min={50}
                max={100}
                value={quality ?? USUAL_QUALITY}
                onInput={({ currentTarget }) => setQuality(Number(currentTarget.value))}
              />
            </div>
          )}
        </div>
      )}
      {state.photos.length > 1 && (
        <button
          type="button"
          class="button wide save-all"
          disabled={state.busy !== null || done === 0}
          onClick={() => session.saveAll(options)}
        >
          <ArchiveIcon />
          <span class="long">Download all {done} as ZIP</span>
          <span class="short">All {done}</span>
        </button>
      )}
      <p class="help">Full size. The file says that its colours were made by AI.</p>
    </div>
  );
}
