/**
 * One training step: a batch in, updated weights and a row of losses out.
 *
 * @module
 */
import { AutochromeError } from "../errors.ts";
import { type keras, setTrainingStep, tf } from "../models/index.ts";
import { Adam } from "./adam.ts";
import type { TrainConfig } from "./config/index.ts";
import { WeightAverage } from "./ema.ts";
import { adversarialLoss, chromaWeightedL1, l1Loss } from "./losses.ts";

/** `l1`: the generator alone. `adversarial`: both networks. */
export type Phase = "l1" | "adversarial";

export interface StepLosses {
  /** What the generator minimizes: lambda * (weighted) L1, plus the adversarial loss. */
  generator: number;
  /** Mean absolute error of the output, in the network's units, unweighted. */
  l1: number;
  /** Chroma's standard deviation within photos, generated / true: near 0 is sepia. */
  chromaSpread: number;
  /** Standard deviation of mean chroma between the batch's photos, generated / true: near 0 is mode collapse. */
  chromaVariety: number;
  /** The generator's adversarial loss; null in phase `l1`, as all that follow. */
  adversarial: number | null;
  /** What the discriminator minimizes, halved. */
  discriminator: number | null;
  /** Share of patches that the discriminator judged rightly before its update. */
  realAccuracy: number | null;
  fakeAccuracy: number | null;
}

const L1_ROW = ["generator", "l1", "chromaSpread", "chromaVariety"] as const;
const ADVERSARIAL_ROW = [...L1_ROW, "adversarial", "discriminator", "realAccuracy", "fakeAccuracy"] as const;

export interface StepInput {
  /** Number of the step, from 0: it fixes the dropout masks. */
  step: number;
  /** [batchSize * cropSize * cropSize], see `Batch`. */
  input: Float32Array;
  target: Float32Array;
  phase: Phase;
  generatorLearningRate: number;
  discriminatorLearningRate: number;
}

type Update = (luma: tf.Tensor4D, colour: tf.Tensor4D) => tf.Tensor1D;

/** Turns a step into one that is traced at first and replayed from then on. */
export type CompileStep = (step: Update) => Update;

/** The two networks with all that training adds to them. */
export class Trainer {
  readonly generator: keras.LayersModel;
  readonly discriminator: keras.LayersModel;
  readonly average: WeightAverage;
  readonly generatorAdam: Adam;
  readonly discriminatorAdam: Adam;
  readonly #config: TrainConfig;
  readonly #updates: Readonly<Record<Phase, Update>>;

  /**
   * @param compile what the backend offers to run a step as one; by default each step is traced
   * @throws AutochromeError when a network has no trainable weights
   */
  constructor(
    generator: keras.LayersModel,
    discriminator: keras.LayersModel,
    config: TrainConfig,
    compile: CompileStep = (step) => step,
  ) {
    this.generator = generator;
    this.discriminator = discriminator;
    this.#config = config;
    this.average = new WeightAverage(generator, config.emaDecay);
    this.generatorAdam = new Adam(trainable(generator, "generator"), config);
    this.discriminatorAdam = new Adam(trainable(discriminator, "discriminator"), config);
    const update = (phase: Phase) =>
      compile((luma, colour) => tf.tidy(() => this.#update(luma, colour, phase)));
    this.#updates = { l1: update("l1"), adversarial: update("adversarial") };
  }

  /**
   * Makes one step. Nothing is read before its end, so that on a lazy backend forward passes, gradients, both
   * updates, the moving average and the losses are one graph.
   */
  async step(request: StepInput): Promise<StepLosses> {
    setTrainingStep(this.generator, request.step);
    setTrainingStep(this.discriminator, request.step);
    this.generatorAdam.prepare(request.generatorLearningRate);
    if (request.phase === "adversarial") this.discriminatorAdam.prepare(request.discriminatorLearningRate);
    this.average.prepare();
    const { cropSize, batchSize, space } = this.#config;
    const luma = tf.tensor4d(request.input, [batchSize, cropSize, cropSize, 1]);
    const colour = tf.tensor4d(request.target, [batchSize, cropSize, cropSize, space === "lab" ? 2 : 3]);
    const row = this.#updates[request.phase](luma, colour);
    const values = await row.data();
    tf.dispose([luma, colour, row]);
    const losses: StepLosses = {
      generator: 0,
      l1: 0,
      chromaSpread: 0,
      chromaVariety: 0,
      adversarial: null,
      discriminator: null,
      realAccuracy: null,
      fakeAccuracy: null,
    };
    (request.phase === "l1" ? L1_ROW : ADVERSARIAL_ROW).forEach((name, i) => {
      losses[name] = values[i]!;
    });
    return losses;
  }

  dispose(): void {
    this.average.dispose();
    this.generatorAdam.dispose();
    this.discriminatorAdam.dispose();
  }

  #update(luma: tf.Tensor4D, colour: tf.Tensor4D, phase: Phase): tf.Tensor1D {
    const { lambda, chromaWeight } = this.#config;
    let monitored: tf.Scalar[] = [];
    const { value, grads } = tf.variableGrads(() => {
      const painted = this.generator.apply(luma, { training: true }) as tf.Tensor4D;
      const reconstruction = tf.mul(chromaWeightedL1(painted, colour, chromaWeight), lambda) as tf.Scalar;
      const adversary = phase === "adversarial" ? this.#play(luma, colour, painted) : null;
      // Kept: this function's tidy would dispose them, and the row is stacked outside it.
      monitored = [
        l1Loss(painted, colour),
        ...chromaRatios(painted, colour),
        ...(adversary?.monitored ?? []),
      ];
      for (const scalar of monitored) tf.keep(scalar);
      return adversary === null ? reconstruction : (tf.add(reconstruction, adversary.loss) as tf.Scalar);
    }, [...this.generatorAdam.variables]);
    this.generatorAdam.apply(grads);
    this.average.update();
    const row = tf.stack([value, ...monitored]) as tf.Tensor1D;
    tf.dispose(monitored);
    return row;
  }

  /**
   * The discriminator's update, then its judgement of the same painted batch for the generator.
   *
   * It runs inside the generator's gradient, so that one forward pass serves both. That needs no detaching: the
   * discriminator's weights are variables, assigned and not computed, so no gradient path leads through them.
   */
  #play(luma: tf.Tensor4D, colour: tf.Tensor4D, painted: tf.Tensor4D) {
    const { adversarialLoss: name, labelSmoothing } = this.#config;
    const loss = adversarialLoss(name, labelSmoothing);
    const judge = (colours: tf.Tensor4D) =>
      this.discriminator.apply(tf.concat([luma, colours], 3), { training: true }) as tf.Tensor;

    let accuracies: tf.Scalar[] = [];
    const { value, grads } = tf.variableGrads(() => {
      const real = judge(colour);
      const fake = judge(painted);
      accuracies = [
        tf.mean(tf.cast(tf.greater(real, loss.threshold), "float32")) as tf.Scalar,
        tf.mean(tf.cast(tf.lessEqual(fake, loss.threshold), "float32")) as tf.Scalar,
      ];
      for (const scalar of accuracies) tf.keep(scalar);
      return tf.mul(tf.add(loss.real(real), loss.fake(fake)), 0.5) as tf.Scalar;
    }, [...this.discriminatorAdam.variables]);
    this.discriminatorAdam.apply(grads);

    const adversarial = loss.generator(judge(painted));
    return { loss: adversarial, monitored: [adversarial, value, ...accuracies] };
  }
}

/** Chroma's spread within photos and its variety between them, generated over true, two scalars. */
function chromaRatios(painted: tf.Tensor4D, colour: tf.Tensor4D): [tf.Scalar, tf.Scalar] {
  const [spread, variety] = chromaDeviations(painted);
  const [trueSpread, trueVariety] = chromaDeviations(colour);
  const ratio = (a: tf.Scalar, b: tf.Scalar) => tf.div(a, tf.add(b, 1e-6)) as tf.Scalar;
  return [ratio(spread, trueSpread), ratio(variety, trueVariety)];
}

function chromaDeviations(colours: tf.Tensor4D): [tf.Scalar, tf.Scalar] {
  // Of R, G, B their distance from gray is the chroma.
  const chroma = colours.shape[3] === 2 ? colours : tf.sub(colours, tf.mean(colours, 3, true));
  const means = tf.mean(chroma, [1, 2], true);
  const within = tf.mean(tf.square(tf.sub(chroma, means)));
  const between = tf.mean(tf.square(tf.sub(means, tf.mean(means, 0, true))));
  return [tf.sqrt(within) as tf.Scalar, tf.sqrt(between) as tf.Scalar];
}

function trainable(model: keras.LayersModel, role: string): tf.Variable[] {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  if (variables.length > 0) return variables;
  throw new AutochromeError(`The ${role} has no trainable weights: set 'trainable' on its layers.`);
}
