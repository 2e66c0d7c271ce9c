/**
 * Training, from photos to a network: the whole course of a run reads top to bottom here.
 *
 * @module
 */
import type { BatchSource } from "../data/index.ts";
import { selectBackend, stepCompiler } from "./backend.ts";
import { hasCheckpoint } from "./checkpoint.ts";
import { adviceOn, configError, requireSameSettings, type TrainConfig } from "./config/index.ts";
import type { TrainEvents, TrainOptions, TrainResult } from "./events.ts";
import { initialize } from "./init/index.ts";
import { networksFor } from "./networks.ts";
import { Pace } from "./pace.ts";
import { batchesOf, openPhotos } from "./photos.ts";
import { RunFolder, readRunConfig, requireApart } from "./run-folder.ts";
import { Session } from "./session.ts";
import { Trainer } from "./step.ts";
import { progress } from "./timeline.ts";

/**
 * Trains a colorizer and leaves a run folder (config.json, metrics.jsonl, events.jsonl, samples/, checkpoints/).
 *
 * With the same seed, photos and backend a run repeats itself bit by bit, also when it was killed and resumed in
 * between, as long as nothing in it depends on the clock (see `learningRateFactor` for limits in minutes).
 *
 * @param config from `resolveConfig`
 * @throws AutochromeError when photos are missing, the run's folder is taken, written by other settings or not
 *   writable, no photo can be read any more, or the losses stay non-finite after three returns to a checkpoint; the
 *   signal's reason where that comes before there are networks
 */
export async function train(
  config: TrainConfig,
  events: TrainEvents = {},
  options: TrainOptions = {},
): Promise<TrainResult> {
  const resume = options.resume ?? false;
  const path = config.run;
  if (resume && path === null) throw configError("the run to resume has no name: set 'run' to its folder.");
  if (path !== null) requireApart(path, config);
  if (resume && path !== null) requireSameSettings(await readRunConfig(path), config, path);
  const run = path === null ? await RunFolder.openNext(config) : await RunFolder.open(path, resume);
  let result: TrainResult;
  try {
    result = await trainIn(run, { ...config, run: run.path }, events, options);
  } catch (error) {
    // What ended the run is worth more than what then keeps its folder from being closed.
    await run.close().catch(() => {});
    throw error;
  }
  await run.close();
  return result;
}

async function trainIn(
  run: RunFolder,
  config: TrainConfig,
  events: TrainEvents,
  options: TrainOptions,
): Promise<TrainResult> {
  // Photos first: what is wrong with them should show before a network is built.
  const photos = await openPhotos(run, config, events, options.signal);
  for (const advice of adviceOn(config)) events.onNotice?.(advice);
  await selectBackend(config);
  const { generator, discriminator } = await networksFor(run.path, config, options);
  const resumed = (options.resume ?? false) && (await hasCheckpoint(run.path, "last"));
  // A resumed run has its weights in its checkpoint, and may have lost what it started from.
  if (config.init !== null && !resumed) {
    const report = await initialize(config.init, { generator, discriminator }, config);
    await run.writeInit(report);
  }
  const trainer = new Trainer(generator, discriminator, config, await stepCompiler());
  if (config.init !== null) trainer.average.skipRamp();
  await run.writeConfig(config);
  const batches = batchesOf(photos.train, config, events);
  const session = new Session({ run, config, photos, trainer, batches, events, options });
  try {
    await session.begin();
    const ended = await takeSteps(session, batches, options.signal);
    await session.end(ended);
    trainer.average.settle();
    const { step, seconds, best } = session.state;
    const { waitFraction } = batches;
    return { run: run.path, ended, step, seconds, waitFraction, best, generator, discriminator, config };
  } finally {
    await batches.close();
    trainer.dispose();
  }
}

/** Steps until the run is over, in whichever way. */
async function takeSteps(
  session: Session,
  batches: BatchSource,
  signal: AbortSignal | undefined,
): Promise<TrainResult["ended"]> {
  const { config, trainer } = session;
  const pace = new Pace(progress(config, session.position));
  while (progress(config, session.position) < 1) {
    if (signal?.aborted) return "interrupted";
    const phase = await session.enterPhase();
    const rates = session.learningRates();
    const { input, target } = await batches.next().catch(async (error: unknown) => {
      // Whatever became of the photos, what was learned from them is kept.
      await session.save("last");
      throw error;
    });
    const instanceNoise = session.instanceNoise();
    const losses = await trainer.step({
      step: session.state.step,
      input,
      target,
      phase,
      instanceNoise,
      ...rates,
    });
    session.count(pace.tick());
    const verdict = await session.watch(phase, losses);
    if (verdict !== "went back") {
      await session.record(phase, losses, rates, pace);
      if (session.validationDue()) await session.validate();
      if (session.checkpointDue()) await session.checkpoint();
    }
    session.addSeconds(pace.tick());
    if (verdict === "stop") return "unstable";
  }
  return "done";
}
