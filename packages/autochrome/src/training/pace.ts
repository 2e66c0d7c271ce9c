/** A run's clock: seconds since the last look, images a second, seconds left. */
export class Pace {
  /** Smoothed over about ten steps. */
  imagesPerSecond = 0;
  readonly #now: () => number;
  readonly #startProgress: number;
  #elapsed = 0;
  #last = 0;
  #lookedAt: number;

  /**
   * @param startProgress share of the run that was over when this sitting began
   * @param now clock in milliseconds; given by tests
   */
  constructor(startProgress: number, now: () => number = () => performance.now()) {
    this.#startProgress = startProgress;
    this.#now = now;
    this.#lookedAt = now();
  }

  /** Seconds since the last call, or since the start. */
  tick(): number {
    const now = this.#now();
    const seconds = (now - this.#lookedAt) / 1000;
    this.#lookedAt = now;
    this.#elapsed += seconds;
    this.#last = seconds;
    return seconds;
  }

  /** A step of so many images took as long as the last `tick` says; returns its own images a second. */
  addStep(images: number): number {
    const rate = this.#last > 0 ? images / this.#last : 0;
    this.imagesPerSecond = this.imagesPerSecond === 0 ? rate : 0.9 * this.imagesPerSecond + 0.1 * rate;
    return rate;
  }

  /** Estimated from how far this sitting came; null where it has not moved yet. */
  secondsLeft(progress: number): number | null {
    const gained = progress - this.#startProgress;
    return gained > 0 ? (Math.max(0, 1 - progress) * this.#elapsed) / gained : null;
  }
}
