import { setImmediate as nextTurn } from "node:timers/promises";
import {
  applyHints,
  checkHints,
  type Hint,
  paintPhoto,
  restoreTones,
  TONES,
  type Tones,
} from "../chroma/index.ts";
import type { RgbArray } from "../color/index.ts";
import type { Device } from "../devices.ts";
import { AutochromeError } from "../errors.ts";
import type { Photo } from "../image/index.ts";
import { type Adapter, type AdapterDeclaration, openForeign } from "./foreign/index.ts";
import { joinAlpha, type RawImage, toPhoto } from "./image-input.ts";
import { findModel, type ModelMetadata, readAnyModelFile } from "./model-file.ts";
import { type Network, openNetwork } from "./network.ts";

export interface ColorizerOptions {
  /** An `.onnx` file, a model folder, or a shipped network's name; absent: AUTOCHROME_MODEL, then the default. */
  model?: string;
  /**
   * How to use a network that is not ours: a built-in adapter's name, a JSON file, or the declaration itself; absent:
   * the JSON beside the file.
   */
  adapter?: string | AdapterDeclaration;
  /** Threads of one run of the network; absent: ONNX Runtime's choice. */
  threads?: number;
  /** What computes; absent: the cpu. A device that cannot be used is an error. */
  device?: Device;
  /** Length in pixels of the short side that the network sees; absent: the network's own. */
  size?: number;
}

export interface ColorizeOptions {
  /** As in {@link ColorizerOptions}, for this photo. */
  size?: number;
  /** Factor on the chroma: 0 gray, 1 (default) as the network says, more is stronger. At most 10. */
  saturation?: number;
  /**
   * "restore" (default): a sepia, yellowed or faded photo is made neutral first and given back the range of tones that it
   * lost; others stay as they are. "keep": every photo keeps its own L*.
   */
  tones?: Tones;
  /** Colours that a person wants at places of the photo; a network that takes hints is shown them too. */
  hints?: readonly Hint[];
}

/** What a network says about itself, and where it lies. */
export interface ModelInfo extends ModelMetadata {
  path: string;
  /** Size of the file in bytes. */
  bytes: number;
  /** How a network that is not ours is used; absent for ours. */
  adapter?: Adapter;
}

/** A coloured photo: everything of the input but its colour. */
export interface ColorizedPhoto extends Photo {
  /** 4 where the input carried alpha, else 3. */
  channels: 3 | 4;
  /** Interleaved sRGB, or RGB and alpha, `[height * width * channels]`, in the input's bit depth. */
  readonly data: RgbArray;
  /** Whether the photo was found tinted or faded and its tones were restored. */
  tonesRestored: boolean;
}

const LARGEST_SIZE = 4096;
const LARGEST_SATURATION = 10;

/** Colours photos with one network. Make it with {@link loadColorizer}. */
export class Colorizer {
  readonly info: ModelInfo;
  readonly #size: number;
  #network: Network | null;

  constructor(network: Network, info: ModelInfo, size: number) {
    this.#network = network;
    this.info = info;
    this.#size = size;
  }

  /**
   * Colours a photo at its full size. L* of the result is the input's, within rounding, at every pixel; of a tinted or
   * faded photo it is what `tones` says.
   *
   * @param image a decoded photo, or raw pixels; it is not changed
   * @throws AutochromeError where the image's sizes contradict its data, an option is out of range, a hint is not
   *   valid, the network fails, or `dispose` was called
   */
  async colorize(image: Photo | RawImage, options: ColorizeOptions = {}): Promise<ColorizedPhoto> {
    const network = this.#network;
    if (network === null) {
      throw new AutochromeError("this colorizer was disposed. Load it again with loadColorizer().");
    }
    const size = checkSize(options.size ?? this.#size);
    const saturation = checkSaturation(options.saturation ?? 1);
    const hints = options.hints ?? [];
    checkHints(hints);
    const given = toPhoto(image);
    const photo = checkTones(options.tones ?? "restore") === "keep" ? given : restoreTones(given);
    // A network that was shown the hints comes near to them; the propagation makes their places true.
    const predicted = applyHints(await network.predict(photo, size, hints), hints);
    // Others decode and encode meanwhile: between strips their callbacks run.
    const rgb = await paintPhoto(photo, predicted, { saturation, pause: () => nextTurn() });
    return colorizedPhoto(photo, rgb, photo !== given);
  }

  /** Frees the network. */
  async dispose(): Promise<void> {
    const network = this.#network;
    this.#network = null;
    await network?.dispose();
  }
}

/**
 * Opens a network and returns what colours photos with it.
 *
 * @throws AutochromeError where the model is missing, damaged, newer than this code, a discriminator, or not ours
 *   and without an adapter that fits it
 * @example
 * const colorizer = await loadColorizer();
 * const { data, width, height } = await colorizer.colorize(await decodePhoto("portrait.jpg"));
 */
export async function loadColorizer(options: ColorizerOptions = {}): Promise<Colorizer> {
  if (options.size !== undefined) checkSize(options.size);
  const settings = { threads: options.threads, device: options.device };
  const { path, bytes, metadata } = await readAnyModelFile(await findModel(options.model));
  const place = { path, bytes: bytes.byteLength };
  if (metadata === null) {
    const foreign = await openForeign({ path, bytes }, options.adapter, settings);
    const info = { ...foreign.metadata, ...place, adapter: foreign.adapter };
    return new Colorizer(foreign.network, info, options.size ?? info.size);
  }
  if (options.adapter !== undefined) {
    throw new AutochromeError(`'${path}' is an Autochrome network and needs no adapter: leave it out.`, {
      code: "USAGE",
      exitCode: 2,
    });
  }
  const network = await openNetwork({ path, bytes, metadata }, settings);
  return new Colorizer(network, { ...metadata, ...place }, options.size ?? metadata.size);
}

function checkSize(size: number): number {
  if (Number.isInteger(size) && size >= 1 && size <= LARGEST_SIZE) return size;
  throw new AutochromeError(`size must be a whole number from 1 to ${LARGEST_SIZE}, not ${size}.`, {
    code: "USAGE",
    exitCode: 2,
  });
}

function checkSaturation(saturation: number): number {
  if (saturation >= 0 && saturation <= LARGEST_SATURATION) return saturation;
  throw new AutochromeError(`saturation must be from 0 to ${LARGEST_SATURATION}, not ${saturation}.`, {
    code: "USAGE",
    exitCode: 2,
  });
}

function checkTones(tones: Tones): Tones {
  if (TONES.includes(tones)) return tones;
  throw new AutochromeError(`tones must be ${TONES.join(" or ")}, not '${tones}'.`, {
    code: "USAGE",
    exitCode: 2,
  });
}

function colorizedPhoto(photo: Photo, rgb: RgbArray, tonesRestored: boolean): ColorizedPhoto {
  const { width, height, alpha, bitDepth, metadata } = photo;
  let joined: RgbArray | null = alpha === null ? rgb : null;
  return {
    width,
    height,
    rgb,
    alpha,
    bitDepth,
    metadata,
    tonesRestored,
    channels: alpha === null ? 3 : 4,
    // Made when asked for: a second copy of a large photo is seldom wanted.
    get data(): RgbArray {
      joined ??= joinAlpha(rgb, alpha as RgbArray);
      return joined;
    },
  };
}
