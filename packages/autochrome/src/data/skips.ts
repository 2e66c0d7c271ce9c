import { AutochromeError } from "../errors.ts";

/** How many photos read last are looked at. */
const WINDOW = 200;
/** Fewer failures than this among them are no reason to give up. */
const MOST_FAILURES = 100;

/** A photo that could not be read, and the next one took its place. */
export interface SkippedPhoto {
  path: string;
  error: AutochromeError;
}

/**
 * Counts photos that cannot be read in the midst of training. One bad file never ends a run; a disk that is gone
 * should, before every photo on it has been tried.
 */
export class Skips {
  readonly #onSkip: ((skipped: SkippedPhoto) => void) | undefined;
  /** Of a shard that is gone, one error stands for all its photos. */
  readonly #told = new WeakSet<AutochromeError>();
  readonly #window = new Uint8Array(WINDOW);
  #reads = 0;
  #failures = 0;
  #last: AutochromeError | null = null;

  constructor(onSkip?: (skipped: SkippedPhoto) => void) {
    this.#onSkip = onSkip;
  }

  addRead(): void {
    this.#note(0);
  }

  add(path: string, error: AutochromeError): void {
    this.#note(1);
    this.#last = error;
    if (this.#told.has(error)) return;
    this.#told.add(error);
    this.#onSkip?.({ path, error });
  }

  /** @throws AutochromeError when most photos that were read last could not be */
  requireFew(): void {
    if (this.#failures < MOST_FAILURES) return;
    throw new AutochromeError(
      `${this.#failures} of the last ${Math.min(this.#reads, WINDOW)} photos could not be read (the last: ` +
        `${this.#last?.message}): see that their disk or folder is there, then go on with --resume.`,
      { code: "PHOTOS_GONE", cause: this.#last },
    );
  }

  #note(failed: 0 | 1): void {
    const place = this.#reads++ % WINDOW;
    this.#failures += failed - this.#window[place];
    this.#window[place] = failed;
  }
}
