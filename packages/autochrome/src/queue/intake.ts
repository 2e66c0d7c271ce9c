import { setTimeout as wait } from "node:timers/promises";
import type { Worker } from "bullmq";

/** Thrown to give a job back before it was begun. */
export class GiveBack extends Error {}

/** When a worker takes new jobs. */
export class Intake {
  readonly #worker: Pick<Worker, "pause" | "resume">;
  #holds = 0;
  #alone = false;
  #resting = false;
  #ended = false;

  constructor(worker: Pick<Worker, "pause" | "resume">) {
    this.#worker = worker;
  }

  /** Whether one photo has the worker to itself, or is about to. */
  get alone(): boolean {
    return this.#alone;
  }

  /**
   * Runs a photo whose worker died with nothing else in hand: should it be what kills workers, then no other photo is
   * counted among those that were in hand at the time.
   *
   * @param isOnly whether all others in hand have ended
   * @throws GiveBack where another photo is run so already
   */
  async byItself<T>(isOnly: () => boolean, task: () => Promise<T>): Promise<T> {
    if (this.#alone) throw new GiveBack();
    this.#alone = true;
    this.#hold();
    try {
      while (!isOnly()) await wait(20);
      return await task();
    } finally {
      this.#alone = false;
      this.#release();
    }
  }

  /**
   * Takes nothing new for a time.
   *
   * @returns false where it rests already
   */
  rest(milliseconds: number): boolean {
    if (this.#resting) return false;
    this.#resting = true;
    this.#hold();
    setTimeout(() => {
      this.#resting = false;
      this.#release();
    }, milliseconds).unref();
    return true;
  }

  /** Takes nothing new any more. */
  end(): void {
    this.#ended = true;
  }

  #hold(): void {
    if (this.#holds++ === 0) void this.#worker.pause(true);
  }

  #release(): void {
    if (--this.#holds === 0 && !this.#ended) void this.#worker.resume();
  }
}
