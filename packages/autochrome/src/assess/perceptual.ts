import { readFile } from "node:fs/promises";
import type { InferenceSession } from "onnxruntime-node";
import type { Device } from "../devices.ts";
import { AutochromeError } from "../errors.ts";
import type { PerceptualNetworks } from "../evaluation/index.ts";
import { readError } from "../image/index.ts";
import { openSession, type SessionSettings } from "../inference/index.ts";
import { labelOf, layoutOf, pictureTensor, readPictureSettings } from "./picture-input.ts";

export interface PerceptualOptions {
  fidNetwork?: string | undefined;
  lpipsNetwork?: string | undefined;
  threads?: number | undefined;
  device?: Device | undefined;
}

export interface OpenPerceptual {
  networks: PerceptualNetworks;
  dispose(): Promise<void>;
}

/**
 * Opens the networks of the Fréchet and the perceptual distance; null where none was named.
 *
 * @throws AutochromeError where one cannot be read, or takes or gives something else
 */
export async function openPerceptual(
  { fidNetwork, lpipsNetwork, threads, device }: PerceptualOptions,
  onNotice: (message: string) => void,
): Promise<OpenPerceptual | null> {
  if (fidNetwork === undefined && lpipsNetwork === undefined) return null;
  const sessions: InferenceSession[] = [];
  const dispose = async (): Promise<void> => {
    for (const session of sessions) await session.release();
  };
  const open = async (path: string): Promise<InferenceSession> => {
    const session = await openFile(path, { threads, device });
    sessions.push(session);
    return session;
  };
  try {
    const features =
      fidNetwork === undefined ? null : await featureNetwork(await open(fidNetwork), fidNetwork);
    const distance =
      lpipsNetwork === undefined ? null : await distanceNetwork(await open(lpipsNetwork), lpipsNetwork);
    for (const [network, name, kind] of [
      [features, "FID", "inception-v3"],
      [distance, "LPIPS", "lpips"],
    ] as const) {
      if (network === null || network.label === name) continue;
      onNotice(
        `'${network.label}' is not called ${name}: where the network is the published one, say so with ` +
          `{"network": "${kind}"} in the .json beside it`,
      );
    }
    return { networks: { ...(features && { features }), ...(distance && { distance }) }, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function openFile(path: string, settings: SessionSettings): Promise<InferenceSession> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw readError(path, error);
  });
  return openSession({ path, bytes }, settings);
}

/** Pictures at 299 x 299 in [0,1] unless declared otherwise, as the Inception network of pytorch-fid takes them. */
async function featureNetwork(
  session: InferenceSession,
  path: string,
): Promise<NonNullable<PerceptualNetworks["features"]>> {
  const settings = await readPictureSettings(path, { size: 299, range: [0, 1] });
  const input = layoutOf(session, 0, settings, path);
  const [inputName] = session.inputNames;
  const [outputName] = session.outputNames;
  return {
    label: labelOf(settings, "inception-v3", { own: "FID", other: "Fréchet distance" }, path),
    async extract(picture) {
      const feeds = { [inputName]: await pictureTensor(picture, settings, input) };
      const { data, dims } = (await run(session, feeds, path))[outputName];
      const vector = dims.slice(1).filter((side) => side !== 1).length <= 1;
      if (!(data instanceof Float32Array) || !vector || !data.every(Number.isFinite)) {
        throw new AutochromeError(
          `'${path}' gives [${dims}], not one vector of finite float32 features a picture: export it up to its ` +
            "global average pooling.",
          { code: "MODEL_FOREIGN" },
        );
      }
      return data.slice();
    },
  };
}

/** Pictures at their size in [-1,1] unless declared otherwise, as the networks of the lpips package take them. */
async function distanceNetwork(
  session: InferenceSession,
  path: string,
): Promise<NonNullable<PerceptualNetworks["distance"]>> {
  const settings = await readPictureSettings(path, { size: null, range: [-1, 1] });
  const [trueName, paintedName] = session.inputNames;
  const [outputName] = session.outputNames;
  if (session.inputNames.length !== 2) {
    throw new AutochromeError(
      `'${path}' takes ${session.inputNames.length} inputs, not the two pictures whose distance it gives.`,
      { code: "MODEL_FOREIGN" },
    );
  }
  const inputs = [layoutOf(session, 0, settings, path), layoutOf(session, 1, settings, path)];
  return {
    label: labelOf(settings, "lpips", { own: "LPIPS", other: "Perceptual distance" }, path),
    async measure(truth, painted) {
      const feeds = {
        [trueName]: await pictureTensor(truth, settings, inputs[0]),
        [paintedName]: await pictureTensor(painted, settings, inputs[1]),
      };
      const { data, dims } = (await run(session, feeds, path))[outputName];
      if (!(data instanceof Float32Array) || data.length !== 1 || !Number.isFinite(data[0])) {
        throw new AutochromeError(`'${path}' gives [${dims}], not one finite distance in float32.`, {
          code: "MODEL_FOREIGN",
        });
      }
      return data[0];
    },
  };
}

async function run(session: InferenceSession, feeds: InferenceSession.FeedsType, path: string) {
  try {
    return await session.run(feeds);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new AutochromeError(
      `'${path}' failed on a picture (${reason}): does its .json declare the size that it takes?`,
      { code: "MODEL_FAILED", cause },
    );
  }
}
