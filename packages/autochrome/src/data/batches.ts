import sharp from "sharp";
import { inputChannels } from "../chroma/index.ts";
import { AutochromeError } from "../errors.ts";
import { decodeForTraining } from "../image/index.ts";
import { type Aging, isAging } from "./aging/index.ts";
import { ByteGate } from "./byte-gate.ts";
import { type ExampleOptions, makeExample } from "./examples.ts";
import { type DecodedPhoto, PhotoCache } from "./photo-cache.ts";
import { FilePhotos, type PhotoCollection } from "./photo-collection.ts";
import { type SkippedPhoto, Skips } from "./skips.ts";
import { type ColourSpace, targetChannels } from "./space.ts";

const READ_AHEAD_BYTES = 128 * 2 ** 20;

export interface Batch {
  /**
   * [batchSize * cropSize * cropSize * 1], in [-1, 1]: L* / 50 - 1, or gray / 127.5 - 1 in space `rgb`. With hints [... * 4]:
   * that, a* / 110 and b* / 110 of the hints, and 1 where there is one; all three 0 elsewhere.
   */
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

export interface PhotoBatchesOptions {
  /** Files, whose order counts: the same list gives the same batches; or photos that lie in shards. */
  photos: readonly { path: string }[] | PhotoCollection;
  /** Pixels, square. */
  cropSize: number;
  batchSize: number;
  seed: number;
  /** Default `lab`. */
  space?: ColourSpace;
  /** The short side is drawn from so many times cropSize (default 1), */
  scaleMin?: number;
  /** to so many. Default 2.25. */
  scaleMax?: number;
  /** Mirror half of the crops. Default true. */
  flip?: boolean;
  /** Make the input look like an old photo's. Default off. */
  aging?: Aging;
  /** Show the network some of the true colours, see `drawHints`. Only in space `lab`. Default false. */
  hints?: boolean;
  /**
   * Batches under way ahead of the one asked for. Default 8: a decode takes six turns of the event loop, which
   * may turn but once a step.
   */
  prefetch?: number;
  /** Bytes of decoded photos kept in memory. Default 1 GiB. */
  cacheBytes?: number;
  /** Bytes of encoded photos read ahead of their decoding, where they come from shards. Default 128 MiB. */
  readAheadBytes?: number;
  /** Told once of each photo that does not decode, or shard that is gone; the next in order takes its place. */
  onSkip?: (skipped: SkippedPhoto) => void;
  /** How a photo is decoded; default `decodeForTraining` of `image/`. */
  decode?: (input: string | Buffer, options: { shortSide: number }) => Promise<DecodedPhoto>;
}

/**
 * Endless training batches. Batch k depends on nothing but the seed, k and the photos: after `seek(k)` the
 * bytes are those of an uninterrupted run. Decoding, cutting and scaling run on libuv's threads ahead of the
 * network, which may block the event loop for as long as a step takes.
 */
export class PhotoBatches implements BatchSource {
  readonly #photos: PhotoCollection;
  readonly #options: ExampleOptions & { batchSize: number; prefetch: number };
  readonly #cache: PhotoCache;
  readonly #skips: Skips;
  readonly #gate: ByteGate;
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
    const { photos, aging, decode = decodeForTraining } = options;
    this.#photos = "read" in photos ? photos : new FilePhotos(photos);
    this.#options = {
      cropSize: options.cropSize,
      batchSize: options.batchSize,
      seed: options.seed,
      space: options.space ?? "lab",
      scaleMin: options.scaleMin ?? 1,
      scaleMax: options.scaleMax ?? 2.25,
      flip: options.flip ?? true,
      aging: aging && isAging(aging) ? aging : null,
      hints: options.hints ?? false,
      prefetch: options.prefetch ?? 8,
    };
    const { cropSize, scaleMax } = this.#options;
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
    // One thread a picture: the others belong to the network.
    sharp.concurrency(1);
    this.#skips = new Skips(options.onSkip);
    this.#gate = new ByteGate(options.readAheadBytes ?? READ_AHEAD_BYTES);
    const shortSide = Math.round(scaleMax * cropSize);
    this.#cache = new PhotoCache(options.cacheBytes ?? 2 ** 30, async (index) => {
      try {
        const photo = await this.#gate.with(this.#photos.bytesOf(index), async () =>
          decode(await this.#photos.read(index), { shortSide }),
        );
        if (Math.min(photo.width, photo.height) < cropSize) {
          const size = `${photo.width}x${photo.height}`;
          throw new AutochromeError(`${size}, smaller than the crop of ${cropSize}: leave it out.`, {
            code: "TOO_SMALL",
          });
        }
        this.#skips.addRead();
        return photo;
      } catch (cause) {
        const error = namedError(this.#photos.nameOf(index), cause);
        this.#skips.add(this.#photos.nameOf(index), error);
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

  /** Bytes of encoded photos in memory. */
  get encodedBytes(): number {
    return this.#gate.held;
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
    await this.#photos.close();
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
    const { batchSize, cropSize, space, hints } = this.#options;
    const pixels = cropSize * cropSize;
    const channels = targetChannels(space);
    const inputs = inputChannels(hints);
    const input = new Float32Array(batchSize * pixels * inputs);
    const target = new Float32Array(batchSize * pixels * channels);
    const first = step * batchSize;
    const paths = await Promise.all(
      Array.from({ length: batchSize }, (_, slot) =>
        this.#makeExample(
          first + slot,
          input.subarray(slot * pixels * inputs, (slot + 1) * pixels * inputs),
          target.subarray(slot * pixels * channels, (slot + 1) * pixels * channels),
        ),
      ),
    );
    return { input, target, step, epoch: Math.floor(first / this.#photos.length), paths };
  }

  /** Writes the run's example number `index` and returns the photo's path. */
  async #makeExample(index: number, input: Float32Array, target: Float32Array): Promise<string> {
    const { photo, path } = await this.#photoOf(index);
    await makeExample(photo, index, this.#options, input, target);
    return path;
  }

  /** The photo of an example: its own by the epoch's order, or the first after it that decodes. */
  async #photoOf(index: number): Promise<{ photo: DecodedPhoto; path: string }> {
    const count = this.#photos.length;
    const order = this.#order(Math.floor(index / count));
    let failure: unknown;
    for (let offset = 0; offset < count; offset++) {
      const photoIndex = order[(index + offset) % count];
      try {
        return { photo: await this.#cache.get(photoIndex), path: this.#photos.nameOf(photoIndex) };
      } catch (error) {
        failure = error;
      }
      this.#skips.requireFew();
    }
    throw new AutochromeError(
      `None of the ${count} photos can be decoded any more: check that their folder is still there.`,
      { code: "NO_PHOTOS", cause: failure },
    );
  }

  #order(epoch: number): Uint32Array {
    const known = this.#orders.get(epoch);
    if (known) return known;
    const order = this.#photos.order(this.#options.seed, epoch);
    // Batches under way touch at most a few epochs at once: one and the next where there are many photos.
    const near = Math.ceil((this.#options.prefetch * this.#options.batchSize) / this.#photos.length);
    for (const other of this.#orders.keys()) {
      if (Math.abs(other - epoch) > near) this.#orders.delete(other);
    }
    this.#orders.set(epoch, order);
    return order;
  }
}

/** An error that says which photo it is about, also where only its bytes were known. */
function namedError(name: string, cause: unknown): AutochromeError {
  // Of a shard that is gone, one error stands for all its photos.
  if (cause instanceof AutochromeError && (cause.code === "SHARD_GONE" || cause.message.includes(name)))
    return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof AutochromeError ? cause.code : "UNDECODABLE";
  return new AutochromeError(`${name}: ${message}`, { code, cause });
}

function requirePositive(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new AutochromeError(`The ${name} has to be a whole number above 0, but it is ${value}.`, {
    code: "BAD_BATCHES",
    exitCode: 2,
  });
}
