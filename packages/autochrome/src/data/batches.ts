import sharp from "sharp";
import { AutochromeError } from "../errors.ts";
import { decodeForTraining } from "../image/index.ts";
import { type Aging, ageLuma, drawCrop } from "./augment.ts";
import { type DecodedPhoto, PhotoCache } from "./photo-cache.ts";
import { Random } from "./random.ts";
import { type ColourSpace, rgbToExample, targetChannels } from "./space.ts";

/** What a random sequence is for: each purpose draws from its own, so that none moves another's. */
const ORDER = 1;
const CROP = 2;
const AGING = 3;

export interface Batch {
  /** [batchSize * cropSize * cropSize * 1], in [-1, 1]: L* / 50 - 1, or gray / 127.5 - 1 in space `rgb`. */
  input: Float32Array;
  /** [batchSize * cropSize * cropSize * 2] a*, b* over 110, or [... * 3] value / 127.5 - 1 in space `rgb`. */
  target: Float32Array;
  /** Which batch this is, from 0. */
  step: number;
  /** Passes through the photos that were complete when this batch began. */
  epoch: number;
  /** Where each example comes from. */
  paths: string[];
}

/** Where a training gets its batches from: batch k is the same whenever and however it is come to. */
export interface BatchSource {
  /** Share of the time, since the first batch was given, that `next()` took: 0 when decoding keeps up. */
  readonly waitFraction: number;
  /** Goes to a step: the next batch is that one, exactly as if all before it had been taken. */
  seek(step: number): void;
  /** The next batch; its arrays belong to the caller. */
  next(): Promise<Batch>;
  /** Stops reading ahead and resolves when nothing is under way any more. */
  close(): Promise<void>;
}

/** A photo that could not be decoded and the one that took its place. */
export interface SkippedPhoto {
  path: string;
  error: AutochromeError;
}

export interface PhotoBatchesOptions {
  /** Their order counts: the same list gives the same batches. */
  photos: readonly { path: string }[];
  /** Pixels, square. */
  cropSize: number;
  batchSize: number;
  seed: number;
  /** Default `lab`. */
  space?: ColourSpace;
  /** The short side is drawn from cropSize to this many times it. Default 2.25. */
  scaleMax?: number;
  /** Mirror half of the crops. Default true. */
  flip?: boolean;
  /** Make the input look like an old photo's. Default off. */
  aging?: Aging;
  /**
   * Batches under way ahead of the one asked for. Default 8: a decode takes six turns of the event loop, which
   * may turn but once a step.
   */
  prefetch?: number;
  /** Bytes of decoded photos kept in memory. Default 1 GiB. */
  cacheBytes?: number;
  /** Told once of each photo that does not decode; the next in the epoch's order takes its place. */
  onSkip?: (skipped: SkippedPhoto) => void;
  /** How a photo is decoded; default `decodeForTraining` of `image/`. */
  decode?: (path: string, options: { shortSide: number }) => Promise<DecodedPhoto>;
}

/**
 * Endless training batches. Batch k depends on nothing but the seed, k and the photos: after `seek(k)` the
 * bytes are those of an uninterrupted run. Decoding, cutting and scaling run on libuv's threads ahead of the
 * network, which may block the event loop for as long as a step takes.
 */
export class PhotoBatches implements BatchSource {
  readonly #options: Required<Omit<PhotoBatchesOptions, "onSkip" | "decode" | "aging">>;
  readonly #aging: Aging | null;
  readonly #cache: PhotoCache;
  #queue: Promise<Batch>[] = [];
  /** All being made, those that a `seek` has dropped from the queue too. */
  readonly #underWay = new Set<Promise<Batch>>();
  #step = 0;
  #closed = false;
  #orders = new Map<number, Uint32Array>();
  #firstGivenAt: number | null = null;
  #lastGivenAt = 0;
  #waited = 0;

  /** @throws AutochromeError when there are no photos or a size makes no sense. */
  constructor(options: PhotoBatchesOptions) {
    const { onSkip, decode = decodeForTraining, aging } = options;
    this.#options = {
      photos: options.photos,
      cropSize: options.cropSize,
      batchSize: options.batchSize,
      seed: options.seed,
      space: options.space ?? "lab",
      scaleMax: options.scaleMax ?? 2.25,
      flip: options.flip ?? true,
      prefetch: options.prefetch ?? 8,
      cacheBytes: options.cacheBytes ?? 2 ** 30,
    };
    const { cropSize, scaleMax, photos } = this.#options;
    if (photos.length === 0) {
      throw new AutochromeError("There are no photos to make batches from: name a folder that holds some.", {
        code: "NO_PHOTOS",
      });
    }
    requirePositive("batch size", this.#options.batchSize);
    requirePositive("crop size", cropSize);
    requirePositive("prefetch", this.#options.prefetch);
    if (!(scaleMax >= 1)) {
      throw new AutochromeError(`The largest scale has to be at least 1, but it is ${scaleMax}. Try 2.25.`, {
        code: "BAD_BATCHES",
        exitCode: 2,
      });
    }
    this.#aging = aging && (aging.fade || aging.gamma || aging.grain) ? aging : null;
    // One thread a picture: the others belong to the network.
    sharp.concurrency(1);
    this.#cache = new PhotoCache(this.#options.cacheBytes, async (index) => {
      const { path } = photos[index];
      try {
        const photo = await decode(path, { shortSide: Math.round(scaleMax * cropSize) });
        if (Math.min(photo.width, photo.height) >= cropSize) return photo;
        throw new AutochromeError(
          `${path} is ${photo.width}x${photo.height}, smaller than the crop of ${cropSize}: leave it out.`,
          { code: "TOO_SMALL" },
        );
      } catch (cause) {
        const error =
          cause instanceof AutochromeError ? cause : new AutochromeError(`${path}: ${cause}`, { cause });
        onSkip?.({ path, error });
        throw error;
      }
    });
  }

  /** The step that `next()` gives. */
  get step(): number {
    return this.#step;
  }

  /** Share of the time, since the first batch was given, that `next()` took: 0 when decoding keeps up. */
  get waitFraction(): number {
    if (this.#firstGivenAt === null || this.#lastGivenAt <= this.#firstGivenAt) return 0;
    return this.#waited / (this.#lastGivenAt - this.#firstGivenAt);
  }

  /** Bytes of decoded photos in memory. */
  get cachedBytes(): number {
    return this.#cache.bytes;
  }

  /** Goes to a step: the next batch is that one, exactly as if all before it had been taken. */
  seek(step: number): void {
    if (!Number.isSafeInteger(step) || step < 0) {
      throw new AutochromeError(`A step has to be a whole number from 0, but it is ${step}.`, {
        code: "BAD_STEP",
      });
    }
    if (step === this.#step) return;
    this.#queue = [];
    this.#step = step;
  }

  /**
   * The next batch; its arrays belong to the caller.
   * @throws AutochromeError when no photo decodes at all, or after `close()`.
   */
  async next(): Promise<Batch> {
    const askedAt = performance.now();
    this.#fill();
    const pending = this.#queue.shift()!;
    this.#step++;
    this.#fill();
    // Lets threads' results in: a caller that never waits otherwise would keep the event loop from turning.
    await new Promise(setImmediate);
    const batch = await pending;
    const givenAt = performance.now();
    // The first batch has nothing to hide behind, so it does not count as waiting.
    if (this.#firstGivenAt === null) this.#firstGivenAt = givenAt;
    else this.#waited += givenAt - askedAt;
    this.#lastGivenAt = givenAt;
    return batch;
  }

  /** Stops reading ahead, frees the photos and resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#underWay);
    this.#queue = [];
    this.#cache.clear();
  }

  #fill(): void {
    if (this.#closed) {
      throw new AutochromeError("These batches are closed: make new ones.", { code: "CLOSED" });
    }
    while (this.#queue.length < this.#options.prefetch) {
      const batch = this.#make(this.#step + this.#queue.length);
      this.#underWay.add(batch);
      // A failure is thrown by the `next()` that comes to it; until then nobody listens.
      batch.catch(() => {}).finally(() => this.#underWay.delete(batch));
      this.#queue.push(batch);
    }
  }

  async #make(step: number): Promise<Batch> {
    const { batchSize, cropSize, space, photos } = this.#options;
    const pixels = cropSize * cropSize;
    const channels = targetChannels(space);
    const input = new Float32Array(batchSize * pixels);
    const target = new Float32Array(batchSize * pixels * channels);
    const first = step * batchSize;
    const paths = await Promise.all(
      Array.from({ length: batchSize }, (_, slot) =>
        this.#makeExample(
          first + slot,
          input.subarray(slot * pixels, (slot + 1) * pixels),
          target.subarray(slot * pixels * channels, (slot + 1) * pixels * channels),
        ),
      ),
    );
    return { input, target, step, epoch: Math.floor(first / photos.length), paths };
  }

  /** Writes the run's example number `index` and returns the photo's path. */
  async #makeExample(index: number, input: Float32Array, target: Float32Array): Promise<string> {
    const { cropSize, seed, space } = this.#options;
    const { photo, path } = await this.#photoOf(index);
    const crop = drawCrop(Random.of(seed, CROP, index), photo.width, photo.height, this.#options);
    const pipeline = sharp(photo.rgb, { raw: { width: photo.width, height: photo.height, channels: 3 } })
      .extract({ left: crop.left, top: crop.top, width: crop.side, height: crop.side })
      .resize(cropSize, cropSize, { fit: "fill" })
      .flop(crop.flip)
      .raw();
    rgbToExample(await pipeline.toBuffer(), space, input, target);
    if (this.#aging) ageLuma(input, Random.of(seed, AGING, index), this.#aging);
    return path;
  }

  /** The photo of an example: its own by the epoch's order, or the first after it that decodes. */
  async #photoOf(index: number): Promise<{ photo: DecodedPhoto; path: string }> {
    const { photos } = this.#options;
    const count = photos.length;
    const order = this.#order(Math.floor(index / count));
    let failure: unknown;
    for (let offset = 0; offset < count; offset++) {
      const photoIndex = order[(index + offset) % count];
      try {
        return { photo: await this.#cache.get(photoIndex), path: photos[photoIndex].path };
      } catch (error) {
        failure = error;
      }
    }
    throw new AutochromeError(
      `None of the ${count} photos can be decoded any more: check that their folder is still there.`,
      { code: "NO_PHOTOS", cause: failure },
    );
  }

  #order(epoch: number): Uint32Array {
    const known = this.#orders.get(epoch);
    if (known) return known;
    const order = Random.of(this.#options.seed, ORDER, epoch).permutation(this.#options.photos.length);
    // Batches under way touch at most a few epochs at once.
    if (this.#orders.size >= 8) this.#orders.clear();
    this.#orders.set(epoch, order);
    return order;
  }
}

function requirePositive(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new AutochromeError(`The ${name} has to be a whole number above 0, but it is ${value}.`, {
    code: "BAD_BATCHES",
    exitCode: 2,
  });
}
