import { SAMPLES } from "./files/samples.ts";
import { LoadProgress } from "./load-progress.tsx";
import { LockIcon } from "./parts/icons.tsx";
import { PickButton } from "./parts/pick-button.tsx";
import type { Session } from "./session.ts";
import type { State } from "./state/index.ts";

/** What is offered until there is a photo. */
export function Start({ session, state }: { session: Session; state: State }) {
  return (
    <main class="start" id="main">
      <div class="lead">
        <h1>Colour for black-and-white photos</h1>
        <p>
          Drop an old photo here and see it in colour a few seconds later. A neural network does the work,
          inside this browser tab.
        </p>
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
        <p>or drop them anywhere on this page, folders too, or paste one with Ctrl+V</p>
        <LoadProgress state={state} session={session} />
      </div>
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
      <p class="promise">
        <LockIcon />
        <span>
          <strong>Nothing is uploaded.</strong> Your photos stay on this device. To see for yourself,
          disconnect from the internet once the page has loaded: it goes on working.
        </span>
      </p>
    </main>
  );
}
