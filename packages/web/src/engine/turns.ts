import { engineError } from "./errors.ts";

/** Runs jobs one after the other: of those that take much memory or all processors, one at a time. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last.then(job);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** Tells calls that were overtaken by a newer one of the same name. */
export class Newest<Name> {
  readonly #calls = new Map<Name, number>();

  /** @returns a check that throws AutochromeError (`SUPERSEDED`) once there is a newer call */
  begin(name: Name): () => void {
    const call = (this.#calls.get(name) ?? 0) + 1;
    this.#calls.set(name, call);
    return () => {
      if (this.#calls.get(name) === call) return;
      throw engineError("SUPERSEDED", "a newer call took this one's place.");
    };
  }
}

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** Lets the messages that wait be handled. (Timers would wait 4 ms.) */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}
