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
import type { StepEvent, TrainEvents, TrainOptions, TrainResult } from "./events.ts";
import { metricsLine } from "./metrics-line.ts";
import {
  MAX_ROLLBACKS,
  type MonitorAlarm,
  newMonitorState,
  nonFinite,
  observe,
  RUIN,
  react,
  relax,
} from "./monitors/index.ts";
import type { Pace } from "./pace.ts";
import type { RunPhotos } from "./photos.ts";
import { promote, settleCheckpoints } from "./proven.ts";
import { type StepRates, stepRates } from "./rates.ts";
import type { RecordLine, RunFolder } from "./run-folder.ts";
import type { Phase, StepLosses, Trainer } from "./step.ts";
import { generatorWaits, instanceNoiseAt, limitFlags, type Position, phaseAt, progress } from "./timeline.ts";
import { drawSamples, paintPhotos, scoreByChromaError, VALIDATION_HINTS } from "./validation.ts";

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
    if (this.#options.resume && (await this.#restore("last"))) {
      await settleCheckpoints(this.#run.path, this.#state);
      const { step, adversarialSince, adaptation } = this.#state;
      // The first checkpoint comes before a validation of its step, every other one after it.
      if (step === 0) await this.#run.forgetAfter(-1);
      const returns = returnsOf(adaptation);
      await this.#run.keepEvents((line) => {
        const before = typeof line.returns === "number" ? line.returns : 0;
        // What was told before a return stays, whatever its step; a return after the checkpoint will be made again.
        if (before !== returns) return before < returns;
        return line.step <= step && (line.kind !== "adversarial phase" || adversarialSince !== null);
      });
      if (progress(this.config, this.position) >= 1) {
        this.#nothingToDo = true;
        this.#events.onNotice?.(
          `this run has reached its end already (${limitFlags(this.config)}): name a later one to go on`,
        );
      } else {
        await this.#record({ step, kind: "resumed" });
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
      await this.#record({ step: 0, kind: "started" });
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
      if (state.step > 0 && (await this.save("pretrained"))) {
        // Where a game that fails early goes back to.
        state.good = state.step;
        state.candidate = null;
        await settleCheckpoints(this.#run.path, this.#state);
      }
      state.adversarialSince = state.step;
      await this.#record({ step: state.step, kind: "adversarial phase" });
    }
    return phase;
  }

  /** Those of the coming step: the settings', by schedule, by what monitors have made of them. */
  learningRates(): StepRates {
    return stepRates(this.config, this.position, this.#state);
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
  async watch(phase: Phase, losses: StepLosses): Promise<"go on" | "went back" | "stop"> {
    const bad = nonFinite(losses);
    if (bad.length > 0) {
      await this.#nonFinite(bad.join(", "));
      return "went back";
    }
    const { onInstability } = this.config;
    const state = this.#state;
    // A discriminator that plays alone has to win. The step is counted already.
    if (generatorWaits(this.config, state.step - 1, state.adversarialSince)) return "go on";
    const { state: monitors, alarms, over } = observe(state.monitors, state.step, phase, losses, this.config);
    state.monitors = monitors;
    if (RUIN.some((sign) => monitors.showing[sign] !== undefined)) state.candidate = null;
    for (const monitor of over) {
      await this.#record({ step: state.step, kind: "recovered", monitor });
    }
    for (const alarm of alarms) {
      const reaction = react(alarm, onInstability, state.adaptation);
      state.adaptation = reaction.state;
      if (reaction.goBack) {
        await this.#goBack(alarm, reaction.action);
        return "went back";
      }
      // Where nothing is done about it, a lasting sign is told less and less often.
      if (onInstability !== "warn" || Number.isInteger(Math.log2(alarm.times))) {
        await this.#report(alarm, reaction.action);
      }
    }
    if (onInstability === "stop" && alarms.length > 0) return "stop";
    if (onInstability === "adapt" && phase === "adversarial") {
      const relaxed = relax(state.adaptation, monitors);
      state.adaptation = relaxed.state;
      if (relaxed.action !== null) {
        await this.#record({ step: state.step, kind: "adapted", action: relaxed.action });
      }
    }
    return "go on";
  }

  /** Writes a line of metrics and tells of the step. */
  async record(phase: Phase, losses: StepLosses, rates: StepRates, pace: Pace): Promise<void> {
    const { config, position } = this;
    const { step, epoch, seconds } = position;
    const ownRate = pace.addStep(config.batchSize);
    const done = progress(config, position);
    const event: StepEvent = {
      step,
      epoch,
      phase,
      losses,
      imagesPerSecond: pace.imagesPerSecond,
      waitFraction: this.#batches.waitFraction,
      progress: Math.min(1, done),
      secondsLeft: pace.secondsLeft(done),
    };
    this.#run.addMetrics(metricsLine(event, rates, ownRate, seconds));
    this.#events.onStep?.(event);
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
    const scorer = this.#options.score ?? scoreByChromaError;
    const judge = async (hints: number) => {
      const painted = await trainer.average.during(() =>
        paintPhotos(trainer.generator, squares, config.space, hints),
      );
      return { painted, ...(await scorer(squares, painted, mean)) };
    };
    const { painted, score, metrics } = await judge(0);
    let value = score;
    if (config.hints) {
      const hinted = await judge(VALIDATION_HINTS);
      // A network that follows no hints would be the best otherwise, where it starts from one that is good without.
      value = (score + hinted.score) / 2;
      for (const [name, metric] of Object.entries(hinted.metrics)) {
        metrics[`${name}At${VALIDATION_HINTS}Hints`] = metric;
      }
    }
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

  /** Saves where the run stands, and moves the checkpoints that returns go to. */
  async checkpoint(): Promise<void> {
    const state = this.#state;
    const { good, candidate } = state;
    Object.assign(state, promote(state));
    if (await this.save("last")) return;
    // Infinite weights that no loss has told of yet.
    Object.assign(state, { good, candidate });
    await this.#nonFinite("a weight");
  }

  /** False when a weight is not finite; nothing is written then. */
  async save(name: "last" | "best" | "pretrained"): Promise<boolean> {
    const { step } = this.#state;
    if (name === "last" && this.#savedAt === step) return true;
    await this.#run.flush(true);
    if (!(await saveCheckpoint(this.#run.path, name, this.trainer, this.#state, this.config))) return false;
    if (name === "last") {
      this.#savedAt = step;
      await settleCheckpoints(this.#run.path, this.#state);
    }
    this.#events.onCheckpoint?.({ step, name, path: join(this.#run.path, "checkpoints", name) });
    return true;
  }

  async end(ended: TrainResult["ended"]): Promise<void> {
    if (this.#nothingToDo) return;
    if (!(await this.save("last"))) await this.#nonFinite("a weight");
    await this.#record({ step: this.#state.step, kind: ended });
  }

  /**
   * Goes back from a value that is not finite.
   *
   * @throws AutochromeError when `onInstability` is `stop`, or this has been tried often enough
   */
  async #nonFinite(what: string): Promise<void> {
    const { step, adaptation } = this.#state;
    const alarm: MonitorAlarm = {
      monitor: "non-finite",
      message: `${what} became infinite or NaN in step ${step}`,
      advice: "lower the learning rates, or set gradientClip to 1",
      since: step,
      seen: {},
      times: 1,
    };
    const done = adaptation.rollbacks.nonFinite;
    const { onInstability } = this.config;
    if (onInstability === "stop" || done >= MAX_ROLLBACKS) {
      await this.#report(alarm, "ended the run");
      throw new AutochromeError(
        `${alarm.message}, after ${done} returns to a checkpoint: ${alarm.advice}. The last good ` +
          `checkpoint is in ${join(this.#run.path, "checkpoints", "good")}.`,
        { code: "NON_FINITE" },
      );
    }
    // There is no going on with such weights, so `warn` goes back too.
    const reaction = react(alarm, "adapt", adaptation);
    this.#state.adaptation = reaction.state;
    await this.#goBack(alarm, reaction.action);
  }

  /** To the good checkpoint, with what monitors have changed since. */
  async #goBack(alarm: MonitorAlarm, action: string): Promise<void> {
    const failed = this.#state;
    if (!(await this.#restore("good")) && !(await this.#restore("last"))) {
      throw new AutochromeError(`${alarm.message}, and there is no checkpoint to go back to.`, {
        code: "NO_CHECKPOINT",
      });
    }
    const state = this.#state;
    const { step } = state;
    const { adversarialSince } = failed;
    Object.assign(state, {
      seconds: failed.seconds,
      adaptation: failed.adaptation,
      monitors: newMonitorState(),
      good: step,
      candidate: null,
      // What L1 alone has made was saved before its state knew of the phase to come.
      adversarialSince: adversarialSince !== null && adversarialSince <= step ? adversarialSince : null,
    });
    this.#savedAt = null;
    const told = `went back to step ${step}; ${action}`;
    this.#events.onMonitor?.({ ...alarm, step: failed.step, action: told });
    await this.#record({ step, from: failed.step, kind: "monitor", ...alarm, action: told });
  }

  async #restore(name: CheckpointName): Promise<boolean> {
    const checkpoint = await loadCheckpoint(this.#run.path, name);
    if (checkpoint === null) return false;
    requireSameSettings(checkpoint.config, this.config, this.#run.path, "set its config.json back");
    restoreTrainer(this.trainer, checkpoint);
    this.#state = checkpoint.state;
    this.#batches.seek(this.#state.step);
    await this.#run.forgetAfter(this.#state.step);
    // The best may be of a validation after this was saved; or someone has deleted it.
    const best = await readRunState(this.#run.path, "best");
    if (best === null || best.step > this.#state.step) this.#state.best = best?.best ?? null;
    return true;
  }

  /** Writes an event; what comes after a return to a checkpoint says after how many. */
  async #record(line: RecordLine): Promise<void> {
    const returns = returnsOf(this.#state.adaptation);
    await this.#run.addEvent(returns > 0 ? { ...line, returns } : line);
  }

  async #report(alarm: MonitorAlarm, action: string): Promise<void> {
    const { step } = this.#state;
    this.#events.onMonitor?.({ ...alarm, step, action });
    await this.#record({ step, kind: "monitor", ...alarm, action });
  }
}

/** Returns to a checkpoint so far. */
function returnsOf({ rollbacks }: RunState["adaptation"]): number {
  return rollbacks.nonFinite + rollbacks.collapse;
}
