/**
 * Training, from photos to a network: the whole course of a run reads top to bottom here.
 *
 * @module
 */
import { join } from "node:path";
import { meanChroma, PhotoBatches } from "../data/index.ts";
import { AutochromeError } from "../errors.ts";
import { writeFileAtomic } from "../image/index.ts";
import { countParameters } from "../models/index.ts";
import { selectBackend, stepCompiler } from "./backend.ts";
import {
  type CheckpointName,
  loadCheckpoint,
  type RunState,
  restoreTrainer,
  saveCheckpoint,
} from "./checkpoint.ts";
import { requireSameSettings, type TrainConfig } from "./config/index.ts";
import type { TrainEvents, TrainOptions, TrainResult } from "./events.ts";
import { allFinite, type MonitorAlarm, newMonitorState, observe, react } from "./monitors.ts";
import { discriminatorOf, generatorOf } from "./networks.ts";
import { Pace } from "./pace.ts";
import { splitPhotos } from "./photo-split.ts";
import { nextRunFolder, RunFolder, readRunConfig } from "./run-folder.ts";
import { Trainer } from "./step.ts";
import { learningRateFactor, type Position, phaseAt, progress } from "./timeline.ts";
import { drawSamples, loadSquares, paintPhotos, scoreByChromaError } from "./validation.ts";

const MAX_ROLLBACKS = 3;
const FLUSH_MS = 2000;

/**
 * Trains a colorizer and leaves a run folder (config.json, metrics.jsonl, events.jsonl, samples/, checkpoints/).
 *
 * With the same seed, photos and backend a run repeats itself bit by bit, also when it was killed and resumed in
 * between, as long as nothing in it depends on the clock (see `learningRateFactor` for limits in minutes).
 *
 * @param config from `resolveConfig`
 * @throws AutochromeError when photos are missing, the run's folder is taken, written by other settings or not
 *   writable, or the losses stay non-finite after three returns to a checkpoint
 */
export async function train(
  config: TrainConfig,
  events: TrainEvents = {},
  options: TrainOptions = {},
): Promise<TrainResult> {
  const resume = options.resume ?? false;
  const path = config.run ?? (await nextRunFolder(config.photos));
  if (resume) requireSameSettings(await readRunConfig(path), config, path);
  const run = await RunFolder.open(path, resume);
  try {
    return await trainIn(run, { ...config, run: path }, events, options);
  } finally {
    await run.close();
  }
}

async function trainIn(
  run: RunFolder,
  config: TrainConfig,
  events: TrainEvents,
  options: TrainOptions,
): Promise<TrainResult> {
  // Photos first: what is wrong with them should show before a network is built.
  const photos = await splitPhotos(config, events, run.path);
  const squares = await loadSquares(photos.validation, config);
  const mean = await meanChroma(photos.train);
  if (config.attention) {
    events.onNotice?.(
      "self-attention fixes the photo's size, so this network cannot be exported or evaluated yet",
    );
  }
  await selectBackend(config);
  const generator = options.generator ?? generatorOf(config);
  const discriminator = options.discriminator ?? discriminatorOf(config);
  const trainer = new Trainer(generator, discriminator, config, await stepCompiler());
  await run.writeConfig(config);
  const facts = {
    train: photos.train.length,
    validation: photos.validation.map(({ path }) => path),
    meanChroma: mean,
  };
  await writeFileAtomic(join(run.path, "photos.json"), `${JSON.stringify(facts, null, 2)}\n`);
  const batches = new PhotoBatches({
    photos: photos.train,
    cropSize: config.cropSize,
    batchSize: config.batchSize,
    seed: config.seed,
    space: config.space,
    scaleMax: config.scaleMax,
    flip: config.flip,
    aging: { fade: config.fade, gamma: config.gamma, grain: config.grain },
    cacheBytes: config.cacheMegabytes * 2 ** 20,
    ...(events.onSkip ? { onSkip: events.onSkip } : {}),
  });

  let state: RunState = {
    formatVersion: 1,
    step: 0,
    seconds: 0,
    adversarialSince: null,
    generatorScale: 1,
    discriminatorScale: 1,
    rollbacks: 0,
    monitors: newMonitorState(),
    best: null,
    photos: photos.fingerprint,
  };
  const position = (): Position => ({
    step: state.step,
    epoch: (state.step * config.batchSize) / photos.train.length,
    seconds: state.seconds,
  });

  const restore = async (): Promise<boolean> => {
    const checkpoint = await loadCheckpoint(run.path, "last");
    if (checkpoint === null) return false;
    restoreTrainer(trainer, checkpoint);
    state = checkpoint.state;
    batches.seek(state.step);
    await run.truncateMetrics(state.step);
    return true;
  };
  let savedAt: number | null = null;
  /** False when a weight is not finite. */
  const save = async (name: CheckpointName): Promise<boolean> => {
    if (name === "last" && savedAt === state.step) return true;
    await run.flush();
    if (!(await saveCheckpoint(run.path, name, trainer, state, config))) return false;
    if (name === "last") savedAt = state.step;
    events.onCheckpoint?.({ step: state.step, name, path: join(run.path, "checkpoints", name) });
    return true;
  };
  const report = async (alarm: MonitorAlarm, action: string): Promise<void> => {
    events.onMonitor?.({ ...alarm, step: state.step, action });
    await run.addEvent({ step: state.step, kind: "monitor", ...alarm, action });
  };

  try {
    if (options.resume && (await restore())) {
      await run.addEvent({ step: state.step, kind: "resumed" });
      if (state.photos !== photos.fingerprint) {
        state.photos = photos.fingerprint;
        events.onNotice?.(
          "the photos are not those that this run began with: it will not repeat itself exactly",
        );
      }
    } else {
      // Shows at once whether the disk takes checkpoints, and gives the first steps something to fall back to.
      await save("last");
      await run.addEvent({ step: 0, kind: "started" });
    }
    events.onStart?.({
      run: run.path,
      step: state.step,
      trainingPhotos: photos.train.length,
      validationPhotos: squares.length,
      generatorParameters: countParameters(generator),
      discriminatorParameters: countParameters(discriminator),
    });

    const pace = new Pace(progress(config, position()));
    let ended: TrainResult["ended"] = "done";
    let flushedAt = performance.now();

    while (progress(config, position()) < 1) {
      if (options.signal?.aborted) {
        ended = "interrupted";
        break;
      }
      const phase = phaseAt(config, position(), state.adversarialSince);
      if (phase === "adversarial" && state.adversarialSince === null) {
        state.adversarialSince = state.step;
        await run.addEvent({ step: state.step, kind: "adversarial phase" });
      }
      const factor = learningRateFactor(config, position());
      const generatorLearningRate = config.generatorLearningRate * factor * state.generatorScale;
      const discriminatorLearningRate = config.discriminatorLearningRate * factor * state.discriminatorScale;
      const batch = await batches.next();
      const losses = await trainer.step({
        step: state.step,
        input: batch.input,
        target: batch.target,
        phase,
        generatorLearningRate,
        discriminatorLearningRate,
      });
      const passed = pace.tick();
      state.seconds += passed;
      state.step++;
      const checkpointDue = state.step % config.checkpointEvery === 0;
      const watched = observe(state.monitors, phase, losses);
      state.monitors = watched.state;
      for (const alarm of watched.alarms) {
        const action = react(alarm, config.onInstability, state);
        await report(alarm, action);
        if (config.onInstability === "stop") ended = "unstable";
      }

      const finite = allFinite(losses);
      if (finite) {
        const here = position();
        const rate = pace.addStep(config.batchSize, passed);
        run.addMetrics({
          step: state.step,
          epoch: round(here.epoch),
          phase,
          ...Object.fromEntries(Object.entries(losses).filter(([, value]) => value !== null)),
          generatorLearningRate,
          ...(phase === "adversarial" ? { discriminatorLearningRate } : {}),
          imagesPerSecond: round(rate),
        });
        const done = progress(config, here);
        events.onStep?.({
          step: state.step,
          epoch: here.epoch,
          phase,
          losses,
          imagesPerSecond: pace.imagesPerSecond,
          waitFraction: batches.waitFraction,
          progress: Math.min(1, done),
          secondsLeft: pace.secondsLeft(done),
        });
        const epochs = Math.floor(here.epoch);
        if (epochs > Math.floor(here.epoch - config.batchSize / photos.train.length)) {
          events.onEpoch?.({ epoch: epochs, step: state.step });
        }
        if (performance.now() - flushedAt > FLUSH_MS) {
          await run.flush();
          flushedAt = performance.now();
        }
        const over = done >= 1;
        const due = config.validateEvery > 0 && state.step % config.validateEvery === 0;
        if ((due || over) && squares.length > 0) await validate();
      }

      // A checkpoint is also where infinite weights show that no loss has told of yet.
      if (!finite || (checkpointDue && !(await save("last")))) {
        await fallBack();
      }
      state.seconds += pace.tick();
      if (ended === "unstable") break;
    }

    if (!(await save("last"))) await fallBack();
    await run.addEvent({ step: state.step, kind: ended });
    trainer.average.settle();
    const { step, seconds, best } = state;
    return { run: run.path, ended, step, seconds, best, generator, discriminator, config };
  } finally {
    await batches.close();
    trainer.dispose();
  }

  async function validate(): Promise<void> {
    const score = options.score ?? scoreByChromaError;
    const painted = await trainer.average.during(() => paintPhotos(generator, squares, config.space));
    const { score: value, metrics } = await score(squares, painted, mean);
    const best = Number.isFinite(value) && (state.best === null || value > state.best.score);
    run.addMetrics({ step: state.step, validation: { score: value, ...metrics } });
    events.onValidation?.({ step: state.step, score: value, metrics, best });
    if (config.samples > 0) {
      const path = join(run.path, "samples", `step-${String(state.step).padStart(7, "0")}.jpg`);
      await writeFileAtomic(path, await drawSamples(squares.slice(0, config.samples), painted));
      events.onSample?.({ step: state.step, path });
    }
    if (best) {
      state.best = { step: state.step, score: value, metrics };
      await save("best");
    }
  }

  async function fallBack(): Promise<void> {
    const failed = state;
    const rollbacks = failed.rollbacks + 1;
    const alarm: MonitorAlarm = {
      monitor: "non-finite",
      message: `a loss or weight became infinite or NaN at step ${failed.step}`,
      advice: "lower the learning rates, or set gradientClip to 1",
      winner: null,
    };
    if (config.onInstability === "stop" || rollbacks > MAX_ROLLBACKS || !(await restore())) {
      await report(alarm, "ended the run");
      throw new AutochromeError(
        `${alarm.message}, after ${rollbacks - 1} returns to a checkpoint: ${alarm.advice}. The last good ` +
          `checkpoint is in ${join(run.path, "checkpoints", "last")}.`,
        { code: "NON_FINITE" },
      );
    }
    Object.assign(state, {
      rollbacks,
      seconds: failed.seconds,
      generatorScale: failed.generatorScale / 2,
      discriminatorScale: failed.discriminatorScale / 2,
    });
    await report(alarm, `went back to step ${state.step} with half the learning rates`);
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
