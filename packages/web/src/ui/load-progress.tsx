import { megabytes } from "./files/names.ts";
import { Progress } from "./parts/progress.tsx";
import type { Session } from "./session/index.ts";
import type { State } from "./state/index.ts";

/** How far the network's download is; its place is kept when there is nothing more to say. */
export function LoadProgress({ state: { engine }, session }: { state: State; session: Session }) {
  if (engine.phase === "failed") {
    return (
      <div class="load failed" role="alert">
        <span>The network could not be loaded: {engine.error}</span>
        <button type="button" class="button small" onClick={() => session.reload()}>
          Try again
        </button>
      </div>
    );
  }
  if (engine.phase === "ready") return <p class="load">Ready</p>;
  const { received, total } = engine;
  const measured = total > 1 && received < total;
  const words = measured
    ? `Loading the network: ${megabytes(received)} of ${megabytes(total)}`
    : received > 0
      ? "Starting the network"
      : "Loading the network";
  return (
    <div class="load">
      {/* A new element each time: the longer text is no shift of the layout. */}
      <span key={words}>{words}</span>
      <Progress share={measured ? received / total : null} label="Loading the network" />
    </div>
  );
}
