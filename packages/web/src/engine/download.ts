import { engineError, reasonOf } from "./errors.ts";

/** A file to fetch, whose size is known beforehand: a compressed transfer tells another one. */
export interface FileToFetch {
  /** What the visitor would call it: "the network 'small'". */
  name: string;
  url: string;
  bytes: number;
}

export interface DownloadOptions {
  fetcher?: typeof fetch;
  /** Bytes so far and in all, of all files together. */
  onProgress?: (received: number, total: number) => void;
  /** Past the browser's cache: after a failure, whose cause may lie there. */
  fresh?: boolean;
}

/**
 * Fetches files side by side.
 *
 * @returns their contents, in the same order
 * @throws AutochromeError (`OFFLINE`, `NOT_FOUND`, `DOWNLOAD`, `NETWORK_DAMAGED`); the other transfers are stopped
 */
export async function download(
  files: readonly FileToFetch[],
  options: DownloadOptions = {},
): Promise<Uint8Array<ArrayBuffer>[]> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let received = 0;
  const stop = new AbortController();
  const onBytes = (count: number) => {
    received += count;
    options.onProgress?.(Math.min(received, total), total);
  };
  onBytes(0);
  try {
    return await Promise.all(files.map((file) => downloadFile(file, options, stop.signal, onBytes)));
  } catch (error) {
    stop.abort();
    throw error;
  }
}

async function downloadFile(
  file: FileToFetch,
  options: DownloadOptions,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await request(file.name, file.url, options, signal);
  const content = new Uint8Array(file.bytes);
  let at = 0;
  try {
    for await (const chunk of chunksOf(response)) {
      if (at + chunk.length > content.length) throw damaged(file, at + chunk.length);
      content.set(chunk, at);
      at += chunk.length;
      onBytes(chunk.length);
    }
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "NETWORK_DAMAGED") throw cause;
    throw broken(file.name, cause);
  }
  if (at < content.length) throw damaged(file, at);
  return content;
}

/**
 * Fetches one file of JSON.
 *
 * @throws AutochromeError as {@link download}
 */
export async function fetchJson(name: string, url: string, options: DownloadOptions = {}): Promise<unknown> {
  const response = await request(name, url, options);
  const text = await response.text().catch((cause) => {
    throw broken(name, cause);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw engineError(
      "NOT_FOUND",
      `the server answered with something else than ${name}. Whoever runs it should lay all files of the page there.`,
      cause,
    );
  }
}

async function request(
  name: string,
  url: string,
  { fetcher = fetch, fresh }: DownloadOptions,
  signal?: AbortSignal,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetcher(url, { signal: signal ?? null, cache: fresh ? "reload" : "default" });
  } catch (cause) {
    throw broken(name, cause);
  }
  if (response.ok) return response;
  if (response.status === 404 || response.status === 410) {
    throw engineError(
      "NOT_FOUND",
      `${name} is not on this server. Reload the page; if that does not help, whoever runs it should build it again.`,
    );
  }
  throw engineError(
    "DOWNLOAD",
    `${name} could not be fetched: the server answered ${response.status}. Try again later.`,
  );
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  // Safari's streams are no async iterators.
  const reader = response.body?.getReader();
  if (!reader) {
    yield new Uint8Array(await response.arrayBuffer());
    return;
  }
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function broken(name: string, cause: unknown): Error {
  if (globalThis.navigator?.onLine === false) {
    return engineError(
      "OFFLINE",
      `there is no connection, and ${name} is not kept from an earlier visit. Connect once; from then on the page works offline.`,
      cause,
    );
  }
  return engineError(
    "DOWNLOAD",
    `${name} could not be fetched (${reasonOf(cause)}). Check the connection and try again.`,
    cause,
  );
}

function damaged({ name, bytes }: FileToFetch, received: number): Error {
  return engineError(
    "NETWORK_DAMAGED",
    `${name} arrived damaged (${received} bytes instead of ${bytes}). Try again; if that does not help, reload the page.`,
  );
}
