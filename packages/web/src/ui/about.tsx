import { useRef } from "preact/hooks";
import { CloseIcon } from "./parts/icons.tsx";
import { runtimeWords } from "./runtime-words.ts";
import type { State } from "./state/index.ts";

export function About({ state }: { state: State }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const words = runtimeWords(state.engine);
  return (
    <>
      <button type="button" class="button quiet small" onClick={() => dialog.current!.showModal()}>
        About
      </button>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself */}
      <dialog
        ref={dialog}
        aria-labelledby="about-title"
        onClick={(event) => event.target === dialog.current && dialog.current!.close()}
      >
        <div class="about">
          <div class="popover-head">
            <h2 id="about-title">About Autochrome</h2>
            <button
              type="button"
              class="button quiet icon-only"
              aria-label="Close"
              onClick={() => dialog.current!.close()}
            >
              <CloseIcon />
            </button>
          </div>
          <p>
            A neural network, trained on colour photographs against a second one that tries to tell its work
            from the real thing, proposes colours. The photo's own light and dark are kept, pixel by pixel.
          </p>
          <h3>What to expect</h3>
          <ul>
            <li>
              <strong>The colours are guesses.</strong> A gray photo does not say whether a dress was red or
              green. Do not take them for evidence.
            </li>
            <li>
              Skies, plants and ground come out best. Faces, clothes and rooms may come out pale or brown:
              “Fix a colour” lets you say better.
            </li>
            <li>Scratches, dust and blur are left as they are.</li>
            <li>Saved files are marked as coloured by AI, in their metadata.</li>
          </ul>
          <h3>Your photos stay here</h3>
          <p>
            Everything is computed in this browser tab. The page sends no photo, keeps no record and has no
            cookies. Once loaded, it works without a connection.
          </p>
          <h3>Many photos, or other programs</h3>
          <p>
            The same network runs from a command line (<code>autochrome colorize photos/</code>) and as a
            server (<code>autochrome serve</code>). Hints saved here work there too.
          </p>
          <dl>
            <dt>Network</dt>
            <dd>{words?.network ?? "loading"}</dd>
            <dt>Runs on</dt>
            <dd>{words ? `the ${words.runtime}` : "loading"}</dd>
          </dl>
        </div>
      </dialog>
    </>
  );
}
