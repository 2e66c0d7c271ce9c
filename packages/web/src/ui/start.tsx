import { useEffect, useRef } from "preact/hooks";
import { SAMPLES } from "./files/samples.ts";
import { LoadProgress } from "./load-progress.tsx";
import { LockIcon } from "./parts/icons.tsx";
import { PickButton } from "./parts/pick-button.tsx";
import type { Session } from "./session/index.ts";
import type { State } from "./state/index.ts";

interface Props {
  session: Session;
  state: State;
  /** The last photo was just removed: the focus goes to the start. */
  returned: boolean;
}

/** What is offered until there is a photo. */
export function Start({ session, state, returned }: Props) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (returned) title.current!.focus();
  }, []);
  return (
    <main class="start">
      <div class="lead">
        <h1 ref={title} tabIndex={-1}>
          See your old photos in colour
        </h1>
        <p>Choose a black-and-white photo. A few seconds later a neural network has coloured it.</p>
      </div>
      <div class="drop">
        <div class="drop-grains" aria-hidden="true">
          <i />
          <i />
          <i />
        </div>
        <PickButton
          className="button primary large"
          accept="image/*,.json"
          label="Photos"
          multiple
          onPick={(files) => void session.add(files)}
        >
          Choose photos
        </PickButton>
        <p class="drop-words">or drop photos and folders anywhere on this page, or paste one</p>
        <LoadProgress state={state} session={session} />
      </div>
      <p class="promise">
        <LockIcon />
        <span>
          <strong>Nothing is uploaded.</strong> The work is done in this browser tab. You can tell: disconnect
          from the internet once this page has loaded, and it still works.
        </span>
      </p>
      <section class="samples" aria-labelledby="samples-title">
        <h2 id="samples-title">No photo at hand? Try one of these</h2>
        <ul>
          {SAMPLES.map(({ name, title, thumb, url }) => (
            <li key={name}>
              <button type="button" onClick={() => void session.addSample(url, name)}>
                <span class="sample-picture">
                  <img src={thumb} alt="" width={288} height={192} />
                  <img src={thumb} alt="" width={288} height={192} />
                </span>
                <span class="sample-title">{title}</span>
              </button>
            </li>
          ))}
        </ul>
      </section>
    </main>
  );
}
