/**
 * A run while it is trained: where it stands, what is written of it, and the ways back.
 *
 * @module
 */
import { join } from "node:path";
import type { BatchSource } from "../data/index.ts";
import { AutochromeError } from "../errors.ts";
import { writeFileAtomic } from "../image/index.ts";
import { countParameters } from "../models/index.ts";
import {
  type CheckpointName,
  loadCheckpoint,
  newRunState,
  type RunState,
  readRunState,
  restoreTrainer,
  saveCheckpoint,
} from "./checkpoint.ts";
import { requireSameSettings, type TrainConfig } from "./config/index.ts";
import type { TrainEvents, TrainOptions, TrainResult } from "./events.ts";
import { type MonitorAlarm, observe, react } from "./monitors.ts";
import type { Pace } from "./pace.ts";
import type { RunPhotos } from "./photos.ts";
import type { RunFolder } from "./run-folder.ts";
import type { Phase, StepLosses, Trainer } from "./step.ts";
import {
  generatorWaits,
  instanceNoiseAt,
  learningRateFactor,
  type Position,
  phaseAt,
  progress,
} from "./timeline.ts";
import { drawSamples, paintPhotos, scoreByChromaError } from "./validation.ts";

const MAX_ROLLBACKS = 3;
const FLUSH_MS = 2000;

export interface SessionParts {
  run: RunFolder;
  config: TrainConfig;
  photos: RunPhotos;
  trainer: Trainer;
  batches: BatchSource;
  events: TrainEvents;
  options: TrainOptions;
}

export interface LearningRates {
  generatorLearningRate: number;
  discriminatorLearningRate: number;
}

/** Holds what a checkpoint holds; the loop in `loop.ts` tells it when. */
export class Session {
  readonly config: TrainConfig;
  readonly trainer: Trainer;
  readonly #run: RunFolder;
  readonly #photos: RunPhotos;
  readonly #batches: BatchSource;
  readonly #events: TrainEvents;
  readonly #options: TrainOptions;
  #state: RunState;
  #savedAt: number | null = null;
  /** Resumed at its end. */
  #nothingToDo = false;
  #flushedAt = performance.now();

  constructor({ run, config, photos, trainer, batches, events, options }: SessionParts) {
    this.config = config;
    this.trainer = trainer;
    this.#run = run;
    this.#photos = photos;
    this.#batches = batches;
    this.#events = events;
    this.#options = options;
    this.#state = newRunState(photos.fingerprint);
  }

  get state(): Readonly<RunState> {
    return this.#state;
  }

  get position(): Position {
    const { step, seconds } = this.#state;
    return { step, seconds, epoch: (step * this.config.batchSize) / this.#photos.train.length };
  }

  /** Goes on from the last checkpoint, or leaves a first one. */
  async begin(): Promise<void> {
    if (this.#options.resume && (await this.#restore())) {
      const { step, adversarialSince } = this.#state;
      // The first checkpoint comes before a validation of its step, every other one after it.
      if (step === 0) await this.#run.forgetAfter(-1);
      await this.#run.keepEvents(
        (line) => line.step <= step && (line.kind !== "adversarial phase" || adversarialSince !== null),
      );
      if (progress(this.config, this.position) >= 1) {
        this.#nothingToDo = true;
        this.#events.onNotice?.(
          `this run has reached its end already (${describeEnd(this.config)}): name a later one to go on`,
        );
      } else {
        await this.#run.addEvent({ step, kind: "resumed" });
      }
      if (this.#state.photos !== this.#photos.fingerprint) {
        this.#state.photos = this.#photos.fingerprint;
        this.#events.onNotice?.(
          "the photos are not those that this run began with: it will not repeat itself exactly",
        );
      }
    } else {
      // Shows at once whether the disk takes checkpoints, and gives the first steps something to fall back to.
      await this.save("last");
      await this.#run.addEvent({ step: 0, kind: "started" });
    }
    this.#events.onStart?.({
      run: this.#run.path,
      step: this.#state.step,
      trainingPhotos: this.#photos.train.length,
      validationPhotos: this.#photos.squares.length,
      generatorParameters: countParameters(this.trainer.generator),
      discriminatorParameters: countParameters(this.trainer.discriminator),
    });
    // What a trained network can do before it is trained on: `best` may be no worse.
    const { init, validateEvery } = this.config;
    if (init !== null && this.#state.step === 0 && validateEvery > 0 && this.#photos.squares.length > 0) {
      await this.validate();
    }
  }

  /** The phase of the coming step; what the first phase has made is kept when it ends. */
  async enterPhase(): Promise<Phase> {
    const state = this.#state;
    const phase = phaseAt(this.config, this.position, state.adversarialSince);
    if (phase === "adversarial" && state.adversarialSince === null) {
      if (state.step > 0) await this.save("pretrained");
      state.adversarialSince = state.step;
      await this.#run.addEvent({ step: state.step, kind: "adversarial phase" });
    }
    return phase;
  }

  /** Those of the coming step: the settings', by schedule, by what monitors have made of them. */
  learningRates(): LearningRates {
    const { config } = this;
    const factor = learningRateFactor(config, this.position);
    const { step, adversarialSince } = this.#state;
    const waits = generatorWaits(config, step, adversarialSince);
    return {
      generatorLearningRate: waits ? 0 : config.generatorLearningRate * factor * this.#state.generatorScale,
      discriminatorLearningRate: config.discriminatorLearningRate * factor * this.#state.discriminatorScale,
    };
  }

  /** Standard deviation of the coming step's noise on what the discriminator sees. */
  instanceNoise(): number {
    return instanceNoiseAt(this.config, this.position);
  }

  /** A step is done. */
  count(seconds: number): void {
    this.#state.step++;
    this.addSeconds(seconds);
  }

  addSeconds(seconds: number): void {
    this.#state.seconds += seconds;
  }

  /** Lets the monitors look at a step, and does about their alarms what `onInstability` asks for. */
  async watch(phase: Phase, losses: StepLosses): Promise<"go on" | "stop"> {
    const { onInstability } = this.config;
    const { step, adversarialSince } = this.#state;
    // A discriminator that plays alone has to win. The step is counted already.
    if (generatorWaits(this.config, step - 1, adversarialSince)) return "go on";
    const watched = observe(this.#state.monitors, phase, losses);
    this.#state.monitors = watched.state;
    for (const alarm of watched.alarms) await this.#report(alarm, react(alarm, onInstability, this.#state));
    return onInstability === "stop" && watched.alarms.length > 0 ? "stop" : "go on";
  }

  /** Writes a line of metrics and tells of the step. */
  async record(phase: Phase, losses: StepLosses, rates: LearningRates, pace: Pace): Promise<void> {
    const { config, position } = this;
    const { step, epoch, seconds } = position;
    const { generatorLearningRate, discriminatorLearningRate } = rates;
    const done = progress(config, position);
    this.#run.addMetrics({
      step,
      epoch: round(epoch),
      phase,
      ...Object.fromEntries(Object.entries(losses).filter(([, value]) => value !== null)),
      generatorLearningRate,
      ...(phase === "adversarial" ? { discriminatorLearningRate } : {}),
      imagesPerSecond: round(pace.addStep(config.batchSize)),
      waitFraction: round(this.#batches.waitFraction),
      ...rounded({ seconds, progress: Math.min(1, done), secondsLeft: pace.secondsLeft(done) }),
    });
    this.#events.onStep?.({
      step,
      epoch,
      phase,
      losses,
      imagesPerSecond: pace.imagesPerSecond,
      waitFraction: this.#batches.waitFraction,
      progress: Math.min(1, done),
      secondsLeft: pace.secondsLeft(done),
    });
    const epochs = Math.floor(epoch);
    if (epochs > Math.floor(epoch - config.batchSize / this.#photos.train.length)) {
      this.#events.onEpoch?.({ epoch: epochs, step });
    }
    if (performance.now() - this.#flushedAt > FLUSH_MS) {
      await this.#run.flush();
      this.#flushedAt = performance.now();
    }
  }

  checkpointDue(): boolean {
    return this.#state.step % this.config.checkpointEvery === 0;
  }

  /** Also after the last step. */
  validationDue(): boolean {
    const { validateEvery } = this.config;
    if (this.#photos.squares.length === 0) return false;
    const due = validateEvery > 0 && this.#state.step % validateEvery === 0;
    return due || progress(this.config, this.position) >= 1;
  }

  async validate(): Promise<void> {
    const { config, trainer } = this;
    const { squares, mean } = this.#photos;
    const { step } = this.#state;
    const painted = await trainer.average.during(() => paintPhotos(trainer.generator, squares, config.space));
    const score = this.#options.score ?? scoreByChromaError;
    const { score: value, metrics } = await score(squares, painted, mean);
    const best = Number.isFinite(value) && (this.#state.best === null || value > this.#state.best.score);
    this.#run.addMetrics({ step, validation: { score: value, ...metrics } });
    this.#events.onValidation?.({ step, score: value, metrics, best });
    if (config.samples > 0) {
      const path = join(this.#run.path, "samples", `step-${String(step).padStart(7, "0")}.jpg`);
      await writeFileAtomic(path, await drawSamples(squares.slice(0, config.samples), painted));
      this.#events.onSample?.({ step, path });
    }
    if (best) {
      this.#state.best = { step, score: value, metrics };
      await this.save("best");
    }
  }

  /** False when a weight is not finite; nothing is written then. */
  async save(name: CheckpointName): Promise<boolean> {
    const { step } = this.#state;
    if (name === "last" && this.#savedAt === step) return true;
    await this.#run.flush(true);
    if (!(await saveCheckpoint(this.#run.path, name, this.trainer, this.#state, this.config))) return false;
    if (name === "last") this.#savedAt = step;
    this.#events.onCheckpoint?.({ step, name, path: join(this.#run.path, "checkpoints", name) });
    return true;
  }

  /**
   * Back to the last checkpoint, with half the learning rates.
   *
   * @throws AutochromeError when there is none, or this has been tried often enough
   */
  async fallBack(): Promise<void> {
    const failed = this.#state;
    const rollbacks = failed.rollbacks + 1;
    const alarm: MonitorAlarm = {
      monitor: "non-finite",
      message: `a loss or weight became infinite or NaN at step ${failed.step}`,
      advice: "lower the learning rates, or set gradientClip to 1",
      winner: null,
    };
    const gaveUp = this.config.onInstability === "stop" || rollbacks > MAX_ROLLBACKS;
    if (gaveUp || !(await this.#restore())) {
      await this.#report(alarm, "ended the run");
      throw new AutochromeError(
        `${alarm.message}, after ${rollbacks - 1} returns to a checkpoint: ${alarm.advice}. The last good ` +
          `checkpoint is in ${join(this.#run.path, "checkpoints", "last")}.`,
        { code: "NON_FINITE" },
      );
    }
    Object.assign(this.#state, {
      rollbacks,
      seconds: failed.seconds,
      generatorScale: failed.generatorScale / 2,
      discriminatorScale: failed.discriminatorScale / 2,
    });
    await this.#report(alarm, `went back to step ${this.#state.step} with half the learning rates`);
  }

  async end(ended: TrainResult["ended"]): Promise<void> {
    if (this.#nothingToDo) return;
    if (!(await this.save("last"))) await this.fallBack();
    await this.#run.addEvent({ step: this.#state.step, kind: ended });
  }

  async #restore(): Promise<boolean> {
    const checkpoint = await loadCheckpoint(this.#run.path, "last");
    if (checkpoint === null) return false;
    requireSameSettings(checkpoint.config, this.config, this.#run.path, "set its config.json back");
    restoreTrainer(this.trainer, checkpoint);
    this.#state = checkpoint.state;
    this.#batches.seek(this.#state.step);
    await this.#run.forgetAfter(this.#state.step);
    // The best may be of a validation after `last` was saved; or someone has deleted it.
    const best = await readRunState(this.#run.path, "best");
    if (best === null || best.step > this.#state.step) this.#state.best = best?.best ?? null;
    return true;
  }

  async #report(alarm: MonitorAlarm, action: string): Promise<void> {
    const { step } = this.#state;
    this.#events.onMonitor?.({ ...alarm, step, action });
    await this.#run.addEvent({ step, kind: "monitor", ...alarm, action });
  }
}

/** The limits of a run as flags: `--steps 40`. */
function describeEnd(config: TrainConfig): string {
  const limits = (["steps", "epochs", "minutes"] as const).filter((limit) => config[limit] !== null);
  return limits.map((limit) => `--${limit} ${config[limit]}`).join(", ");
}

/** What is a number, each rounded. */
function rounded(values: Record<string, number | null>): Record<string, number> {
  const known = Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== null);
  return Object.fromEntries(known.map(([name, value]) => [name, round(value)]));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
