/**
 * One training step: a batch in, updated weights and a row of losses out.
 *
 * @module
 */
import { AutochromeError } from "../errors.ts";
import { type keras, setTrainingStep, tf } from "../models/index.ts";
import { Adam, scalarVariable, setScalar } from "./adam.ts";
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
  /**
   * Standard deviation of mean chroma between the batch's photos, generated / true: near 0 is mode collapse. Null for
   * batches of one photo.
   */
  chromaVariety: number | null;
  /** Euclidean norm of the generator's gradients together, before clipping. */
  generatorGradient: number;
  /** The generator's adversarial loss; null in phase `l1`, as all that follow. */
  adversarial: number | null;
  /** What the discriminator minimizes, halved. */
  discriminator: number | null;
  /** Share of patches that the discriminator judged rightly before its update. */
  realAccuracy: number | null;
  fakeAccuracy: number | null;
  /** Euclidean norm of the discriminator's gradients together, before clipping. */
  discriminatorGradient: number | null;
  /** What the ratios come from, for monitors. */
  moments: { painted: ChromaMoments; real: ChromaMoments };
}

/** Chroma of a batch, in the network's units; of R, G, B it is the distance from gray. */
export interface ChromaMoments {
  /** Mean squared distance of pixels from their photo's mean. */
  within: number;
  /** Mean square of the photos' means. */
  photos: number;
  /** Mean length of pixels' chroma. */
  level: number;
  /** The batch's mean, one number a channel. */
  mean: number[];
}

const L1_ROW = ["generator", "l1", "generatorGradient"] as const;
const ADVERSARIAL_ROW = [
  ...L1_ROW,
  "adversarial",
  "discriminator",
  "realAccuracy",
  "fakeAccuracy",
  "discriminatorGradient",
] as const;

export interface StepInput {
  /** Number of the step, from 0: it fixes the dropout masks. */
  step: number;
  /** [batchSize * cropSize * cropSize], see `Batch`. */
  input: Float32Array;
  target: Float32Array;
  phase: Phase;
  generatorLearningRate: number;
  /** 0 makes a step in which the discriminator judges but does not learn. */
  discriminatorLearningRate: number;
  /** Factor on the configured lambda; default 1. */
  lambdaScale?: number;
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
  /** Weight of L1, [1] */
  readonly #lambda = scalarVariable();
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
    setScalar(this.#lambda, this.#config.lambda * (request.lambdaScale ?? 1));
    const { cropSize, batchSize, space } = this.#config;
    const luma = tf.tensor4d(request.input, [batchSize, cropSize, cropSize, 1]);
    const colour = tf.tensor4d(request.target, [batchSize, cropSize, cropSize, space === "lab" ? 2 : 3]);
    const row = this.#updates[request.phase](luma, colour);
    const values = await row.data();
    tf.dispose([luma, colour, row]);
    const names = request.phase === "l1" ? L1_ROW : ADVERSARIAL_ROW;
    const moments = readMoments(values.slice(names.length));
    const losses: StepLosses = {
      generator: 0,
      l1: 0,
      generatorGradient: 0,
      ...chromaRatios(moments, batchSize),
      adversarial: null,
      discriminator: null,
      realAccuracy: null,
      fakeAccuracy: null,
      discriminatorGradient: null,
      moments,
    };
    names.forEach((name, i) => {
      losses[name] = values[i]!;
    });
    return losses;
  }

  dispose(): void {
    this.#lambda.dispose();
    this.average.dispose();
    this.generatorAdam.dispose();
    this.discriminatorAdam.dispose();
  }

  #update(luma: tf.Tensor4D, colour: tf.Tensor4D, phase: Phase): tf.Tensor1D {
    const { chromaWeight } = this.#config;
    let monitored: tf.Scalar[] = [];
    let moments: tf.Tensor1D[] = [];
    const { value, grads } = tf.variableGrads(() => {
      const painted = this.generator.apply(luma, { training: true }) as tf.Tensor4D;
      const weighted = chromaWeightedL1(painted, colour, chromaWeight);
      const reconstruction = tf.reshape(tf.mul(weighted, this.#lambda), []) as tf.Scalar;
      const adversary = phase === "adversarial" ? this.#play(luma, colour, painted) : null;
      // Kept: this function's tidy would dispose them, and the row is stacked outside it.
      monitored = [l1Loss(painted, colour), ...(adversary?.monitored ?? [])];
      moments = [chromaMoments(painted), chromaMoments(colour)];
      for (const value of [...monitored, ...moments]) tf.keep(value);
      return adversary === null ? reconstruction : (tf.add(reconstruction, adversary.loss) as tf.Scalar);
    }, [...this.generatorAdam.variables]);
    this.generatorAdam.apply(grads);
    this.average.update();
    const [l1, ...adversary] = monitored;
    const scalars = tf.stack([value, l1!, gradientNorm(grads), ...adversary]) as tf.Tensor1D;
    const row = tf.concat([scalars, ...moments]) as tf.Tensor1D;
    tf.dispose([...monitored, ...moments]);
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
    return { loss: adversarial, monitored: [adversarial, value, ...accuracies, gradientNorm(grads)] };
  }
}

/** `ChromaMoments` in a row: within, photos, level, mean. */
function chromaMoments(colours: tf.Tensor4D): tf.Tensor1D {
  const chroma = colours.shape[3] === 2 ? colours : tf.sub(colours, tf.mean(colours, 3, true));
  const means = tf.mean(chroma, [1, 2], true);
  const length = (values: tf.Tensor) => tf.sum(tf.square(values), 3);
  const within = tf.mean(length(tf.sub(chroma, means)));
  const photos = tf.mean(length(means));
  const level = tf.mean(tf.sqrt(length(chroma)));
  return tf.concat([tf.stack([within, photos, level]), tf.mean(means, [0, 1, 2])]) as tf.Tensor1D;
}

/** Two rows of `chromaMoments`, painted and real. */
function readMoments(values: ArrayLike<number>): StepLosses["moments"] {
  const half = values.length / 2;
  const side = (row: number[]): ChromaMoments => {
    const [within, photos, level, ...mean] = row;
    return { within: within!, photos: photos!, level: level!, mean };
  };
  const all = Array.from(values);
  return { painted: side(all.slice(0, half)), real: side(all.slice(half)) };
}

function chromaRatios({ painted, real }: StepLosses["moments"], batchSize: number) {
  const ratio = (above: number, below: number) => Math.sqrt(Math.max(0, above) / Math.max(below, 1e-12));
  const between = ({ photos, mean }: ChromaMoments) => photos - mean.reduce((sum, m) => sum + m * m, 0);
  return {
    chromaSpread: ratio(painted.within, real.within),
    chromaVariety: batchSize === 1 ? null : ratio(between(painted), between(real)),
  };
}

/** Euclidean norm of all gradients together. */
function gradientNorm(gradients: tf.NamedTensorMap): tf.Scalar {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
  return tf.sqrt(tf.addN(squares)) as tf.Scalar;
}

function trainable(model: keras.LayersModel, role: string): tf.Variable[] {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  if (variables.length > 0) return variables;
  throw new AutochromeError(`The ${role} has no trainable weights: set 'trainable' on its layers.`);
}
