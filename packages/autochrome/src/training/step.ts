/**
 * One training step: a batch in, updated weights and a row of losses out.
 *
 * @module
 */
import { inputChannels } from "../chroma/index.ts";
import { AutochromeError } from "../errors.ts";
import { ENCODER_PREFIX, halfChroma, type keras, setTrainingStep, tf, withLogits } from "../models/index.ts";
import { Adam, gradientNorm, scalarVariable, setScalar } from "./adam.ts";
import { type ChromaMoments, chromaMoments, chromaRatios, readMoments } from "./chroma-moments.ts";
import type { TrainConfig } from "./config/index.ts";
import { DiscriminatorStep } from "./discriminator-step.ts";
import { WeightAverage } from "./ema.ts";
import { chromaWeightedL1, classLoss, l1Loss } from "./losses.ts";
import { r1Applies } from "./r1.ts";

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
  /** What the discriminator minimizes, halved, without the R1 penalty. */
  discriminator: number | null;
  /** Share of patches that the discriminator judged rightly before its update. */
  realAccuracy: number | null;
  fakeAccuracy: number | null;
  /** Euclidean norm of the discriminator's gradients together, before clipping. */
  discriminatorGradient: number | null;
  /** The R1 penalty, of steps that have one (`r1Every`). */
  r1: number | null;
  /** What the chroma ratios come from, for monitors. */
  moments: { painted: ChromaMoments; real: ChromaMoments };
}

/** Numbers of a step in the order in which its graph gives them. */
const L1_ROW = ["generator", "generatorGradient", "l1"] as const;
const ADVERSARIAL_ROW = [
  ...L1_ROW,
  "adversarial",
  "discriminator",
  "realAccuracy",
  "fakeAccuracy",
  "discriminatorGradient",
] as const;
const ROWS = { l1: L1_ROW, adversarial: ADVERSARIAL_ROW, r1: [...ADVERSARIAL_ROW, "r1"] } as const;

/** The graphs that a run needs: the adversarial step has one with the penalty of R1 and one without. */
type Variant = keyof typeof ROWS;

export interface StepInput {
  /** Number of the step, from 0: it fixes all that is drawn, and whether R1 applies. */
  step: number;
  /** [batchSize * cropSize * cropSize], with hints [... * 4], see `Batch`. */
  input: Float32Array;
  target: Float32Array;
  phase: Phase;
  generatorLearningRate: number;
  /** 0 makes a step in which the discriminator judges but does not learn. */
  discriminatorLearningRate: number;
  /** Factor on the configured weight of L1; default 1. */
  lambdaScale?: number;
  /** Standard deviation of the instance noise, see `instanceNoiseAt`; default none. */
  instanceNoise?: number;
}

type Update = (input: tf.Tensor4D, colour: tf.Tensor4D) => tf.Tensor1D;

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
  /** The generator with its logits; null where it paints no classes. */
  readonly #classes: keras.LayersModel | null;
  readonly #opponent: DiscriminatorStep;
  /** Weight of L1, [1] */
  readonly #lambda = scalarVariable();
  readonly #updates: Readonly<Record<Variant, Update>>;

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
    this.#classes = config.head === "classes" ? withLogits(generator) : null;
    this.average = new WeightAverage(generator, config.emaDecay);
    this.generatorAdam = new Adam(trainable(generator, "generator"), {
      ...config,
      updatesPerStep: config.generatorSteps,
      rateFactors: trainable(generator, "generator").map((variable) =>
        variable.name.startsWith(ENCODER_PREFIX) ? config.encoderRate : 1,
      ),
    });
    this.discriminatorAdam = new Adam(trainable(discriminator, "discriminator"), {
      ...config,
      updatesPerStep: config.discriminatorSteps,
    });
    this.#opponent = new DiscriminatorStep(discriminator, this.discriminatorAdam, config);
    const update = (variant: Variant) =>
      compile((input, colour) => tf.tidy(() => this.#update(input, this.#shown(colour), variant)));
    this.#updates = { l1: update("l1"), adversarial: update("adversarial"), r1: update("r1") };
  }

  /**
   * Makes one step. Nothing is read before its end, so that on a lazy backend forward passes, gradients, both
   * updates, the moving average and the losses are one graph.
   */
  async step(request: StepInput): Promise<StepLosses> {
    const { cropSize, batchSize, space, hints, generatorSteps } = this.#config;
    const { step, phase } = request;
    setTrainingStep(this.generator, step);
    setTrainingStep(this.discriminator, step);
    this.generatorAdam.prepare(request.generatorLearningRate, phase === "l1" ? 1 : generatorSteps);
    if (phase === "adversarial") {
      const { discriminatorLearningRate: learningRate, instanceNoise: noise = 0 } = request;
      this.#opponent.prepare(step, { learningRate, noise });
    }
    this.average.prepare();
    setScalar(this.#lambda, this.#config.lambda * (request.lambdaScale ?? 1));
    const input = tf.tensor4d(request.input, [batchSize, cropSize, cropSize, inputChannels(hints)]);
    const colour = tf.tensor4d(request.target, [batchSize, cropSize, cropSize, space === "lab" ? 2 : 3]);
    const variant = phase === "adversarial" && r1Applies(this.#config, step) ? "r1" : phase;
    const row = this.#updates[variant](input, colour);
    const values = await row.data();
    tf.dispose([input, colour, row]);
    const names = ROWS[variant];
    const moments = readMoments(values.slice(names.length));
    const losses: StepLosses = {
      generator: 0,
      l1: 0,
      ...chromaRatios(moments, batchSize),
      generatorGradient: 0,
      adversarial: null,
      discriminator: null,
      realAccuracy: null,
      fakeAccuracy: null,
      discriminatorGradient: null,
      r1: null,
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
    this.#opponent.dispose();
  }

  /** Paints, and says how far that is from the true colours. */
  #paint(input: tf.Tensor4D, colour: tf.Tensor4D): { painted: tf.Tensor4D; reconstruction: tf.Scalar } {
    const { chromaWeight, encoder } = this.#config;
    if (this.#classes === null) {
      const painted = this.generator.apply(input, { training: true }) as tf.Tensor4D;
      return { painted, reconstruction: chromaWeightedL1(painted, colour, chromaWeight) };
    }
    const [painted, logits] = this.#classes.apply(input, { training: true }) as [tf.Tensor4D, tf.Tensor4D];
    const shown = encoder === "none" ? colour : halved(colour);
    return { painted, reconstruction: classLoss(logits, shown, chromaWeight) };
  }

  /** The true colours as the generator could paint them: one with a pretrained encoder paints at half the size. */
  #shown(colour: tf.Tensor4D): tf.Tensor4D {
    return this.#config.encoder === "none" ? colour : halfChroma(colour);
  }

  /**
   * The discriminator's updates, then the generator's. All but the generator's first paint the batch anew; the row is
   * the first's, but the adversarial loss of that moment is the last word of the discriminator on it.
   */
  #update(input: tf.Tensor4D, colour: tf.Tensor4D, variant: Variant): tf.Tensor1D {
    const row = this.#updateGenerator(input, colour, variant, 0);
    for (let i = 1; variant !== "l1" && i < this.#config.generatorSteps; i++) {
      this.#updateGenerator(input, colour, variant, i).dispose();
    }
    this.average.update();
    return row;
  }

  /**
   * An update of the generator; before the first of a step, the discriminator is updated on the same painted batch.
   *
   * That runs inside the generator's gradient, so that one forward pass serves both. It needs no detaching: the
   * discriminator's weights are variables, assigned and not computed, so no gradient path leads through them.
   */
  #updateGenerator(input: tf.Tensor4D, colour: tf.Tensor4D, variant: Variant, index: number): tf.Tensor1D {
    const monitored: tf.Scalar[] = [];
    let moments: tf.Tensor1D | undefined;
    const { value, grads } = tf.variableGrads(() => {
      const { painted, reconstruction: weighted } = this.#paint(input, colour);
      const reconstruction = tf.reshape(tf.mul(weighted, this.#lambda), []) as tf.Scalar;
      // Kept: this function's tidy would dispose them, and the row is stacked outside it.
      const keep = (...scalars: tf.Scalar[]) => monitored.push(...scalars.map((scalar) => tf.keep(scalar)));
      keep(l1Loss(painted, colour));
      moments = tf.keep(tf.concat([chromaMoments(painted), chromaMoments(colour)]) as tf.Tensor1D);
      if (variant === "l1") return reconstruction;
      const luma = lumaOf(input);
      const judged = index === 0 ? this.#opponent.update({ luma, colour, painted }, variant === "r1") : null;
      const adversarial = this.#opponent.judge(luma, painted);
      keep(adversarial);
      if (judged !== null) {
        const { loss, realAccuracy, fakeAccuracy, gradient, penalty } = judged;
        monitored.push(loss, realAccuracy, fakeAccuracy, gradient, ...(penalty === null ? [] : [penalty]));
      }
      return tf.add(reconstruction, adversarial) as tf.Scalar;
    }, [...this.generatorAdam.variables]);
    this.generatorAdam.apply(grads, index);
    const scalars = tf.stack([value, gradientNorm(grads), ...monitored]);
    const row = tf.concat([scalars, moments!]) as tf.Tensor1D;
    tf.dispose([...monitored, moments!]);
    return row;
  }
}

/** The mean of each 2 x 2 pixels. */
function halved(colour: tf.Tensor4D): tf.Tensor4D {
  return tf.avgPool(colour, 2, 2, "same");
}

/**
 * What the discriminator sees of the generator's input: lightness. Hints it is not shown: they are the photo's own colours
 * and would tell it nothing of the real ones; that painted ones follow them is L1's to see to.
 */
function lumaOf(input: tf.Tensor4D): tf.Tensor4D {
  return input.shape[3] === 1 ? input : tf.slice(input, [0, 0, 0, 0], [-1, -1, -1, 1]);
}

function trainable(model: keras.LayersModel, role: string): tf.Variable[] {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  if (variables.length > 0) return variables;
  throw new AutochromeError(`The ${role} has no trainable weights: set 'trainable' on its layers.`);
}
