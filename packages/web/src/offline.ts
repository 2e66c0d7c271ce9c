/**
 * The page's part in working without a connection and in taking new versions; the rest is the service worker's.
 *
 * @module
 */
import type { KeepAnswer, WorkerRequest } from "./service-worker/messages.ts";

export interface OfflineState {
  /**
   * `"ready"`: a photo can be coloured without a connection. `"unavailable"`: the browser or the host (plain HTTP
   * that is not this machine) has no service workers, or the files could not be kept.
   */
  offline: "preparing" | "ready" | "unavailable";
  /** A new version waits; {@link Offline.update} takes it. */
  newVersion: boolean;
}

export interface Offline {
  readonly state: OfflineState;
  /** Calls back at once and at every change. @returns what ends it */
  watch(listener: (state: OfflineState) => void): () => void;
  /** Loads the new version: the page starts anew, so ask first. Does nothing where none waits. */
  update(): void;
}

/**
 * @param ready what settles once the page has its runtime and network: nothing is kept before, so that nothing is
 * fetched twice
 */
export function startOffline(ready: Promise<unknown>): Offline {
  const keeper = new OfflineKeeper();
  if (import.meta.env.PROD) void keeper.start(ready);
  else keeper.set({ offline: "unavailable" });
  return keeper;
}

class OfflineKeeper implements Offline {
  state: OfflineState = { offline: "preparing", newVersion: false };
  readonly #listeners = new Set<(state: OfflineState) => void>();
  #waiting: ServiceWorker | null = null;

  watch(listener: (state: OfflineState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.state);
    return () => this.#listeners.delete(listener);
  }

  update(): void {
    if (this.#waiting === null) return;
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    send(this.#waiting, { type: "take-over" });
  }

  set(change: Partial<OfflineState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.#listeners) listener(this.state);
  }

  async start(ready: Promise<unknown>): Promise<void> {
    try {
      if (!("serviceWorker" in navigator)) throw new Error("no service workers here");
      const url = new URL("./service-worker.js", document.baseURI);
      const registration = await navigator.serviceWorker.register(url, { updateViaCache: "none" });
      this.#watchVersions(registration);
      await ready;
      const { active } = await navigator.serviceWorker.ready;
      const answer = await ask<KeepAnswer>(active!, { type: "keep" });
      this.set({ offline: answer.kept ? "ready" : "unavailable" });
    } catch {
      this.set({ offline: "unavailable" });
    }
  }

  #watchVersions(registration: ServiceWorkerRegistration): void {
    const offer = () => {
      // The first worker of all is no new version.
      if (registration.waiting === null || navigator.serviceWorker.controller === null) return;
      this.#waiting = registration.waiting;
      this.set({ newVersion: true });
    };
    offer();
    registration.addEventListener("updatefound", () => {
      registration.installing?.addEventListener("statechange", offer);
    });
  }
}

function send(worker: ServiceWorker, request: WorkerRequest, transfer: Transferable[] = []): void {
  worker.postMessage(request, transfer);
}

function ask<Answer>(worker: ServiceWorker, request: WorkerRequest): Promise<Answer> {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<Answer>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
  });
  send(worker, request, [port2]);
  return answer;
}
