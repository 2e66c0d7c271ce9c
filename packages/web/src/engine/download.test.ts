import { afterEach, describe, expect, it, vi } from "vitest";
import { download, fetchJson } from "./download.ts";

const A = { name: "the runtime", url: "http://page/a", bytes: 5 };
const B = { name: "the network 'small'", url: "http://page/b", bytes: 3 };

/** Chunks as a stream; an Error among them breaks it. */
function body(chunks: (number[] | Error)[]): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift();
      if (chunk === undefined) controller.close();
      else if (chunk instanceof Error) controller.error(chunk);
      else controller.enqueue(Uint8Array.from(chunk));
    },
  });
}

/** A server: what each URL answers. */
function server(answers: Record<string, () => Response | Promise<Response>>) {
  const asked: [string, RequestInit | undefined][] = [];
  const fetcher = (async (url: string, init?: RequestInit) => {
    asked.push([url, init]);
    const answer = answers[url];
    if (!answer) throw new TypeError("Failed to fetch");
    return answer();
  }) as typeof fetch;
  return { fetcher, asked };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("download", () => {
  it("joins the chunks of several files and counts their bytes together", async () => {
    const { fetcher } = server({
      [A.url]: () => new Response(body([[1, 2], [], [3, 4, 5]])),
      // A length that is another one's: that of the compressed transfer.
      [B.url]: () => new Response(body([[7, 8, 9]]), { headers: { "Content-Length": "2" } }),
    });
    const progress: [number, number][] = [];
    const files = await download([A, B], { fetcher, onProgress: (...bytes) => progress.push(bytes) });
    expect(files.map((bytes) => [...bytes])).toEqual([
      [1, 2, 3, 4, 5],
      [7, 8, 9],
    ]);
    expect(progress[0]).toEqual([0, 8]);
    expect(progress.at(-1)).toEqual([8, 8]);
    const received = progress.map(([bytes]) => bytes);
    expect(received).toEqual(received.toSorted((a, b) => a - b));
  });

  it("passes the browser's cache by only when it is told to", async () => {
    const { fetcher, asked } = server({ [B.url]: () => new Response(body([[7, 8, 9]])) });
    await download([B], { fetcher });
    await download([B], { fetcher, fresh: true });
    expect(asked.map(([, init]) => init?.cache)).toEqual(["default", "reload"]);
  });

  it.each([
    ["a missing file", () => new Response("", { status: 404 }), "NOT_FOUND", /'small' is not on this server/],
    ["a failing server", () => new Response("", { status: 503 }), "DOWNLOAD", /answered 503. Try again/],
    [
      "a short file",
      () => new Response(body([[1, 2]])),
      "NETWORK_DAMAGED",
      /damaged \(2 bytes instead of 3\)/,
    ],
    ["a long file", () => new Response(body([[1, 2, 3, 4]])), "NETWORK_DAMAGED", /4 bytes instead of 3/],
    ["a page in its place", () => new Response("<!doctype html>"), "NETWORK_DAMAGED", /instead of 3/],
    [
      "a broken transfer",
      () => new Response(body([[1], new TypeError("network error")])),
      "DOWNLOAD",
      /\(network error\). Check the connection/,
    ],
  ])("says what is wrong with %s", async (_, answer, code, message) => {
    const { fetcher } = server({ [B.url]: answer });
    await expect(download([B], { fetcher })).rejects.toMatchObject({ code, message });
  });

  it("tells being offline from a server that cannot be reached", async () => {
    const { fetcher } = server({});
    await expect(download([B], { fetcher })).rejects.toMatchObject({ code: "DOWNLOAD" });
    vi.stubGlobal("navigator", { onLine: false });
    const message = /no connection.*'small' is not kept.*Connect once/;
    await expect(download([B], { fetcher })).rejects.toMatchObject({ code: "OFFLINE", message });
    await expect(fetchJson("the list", "http://page/l", { fetcher })).rejects.toMatchObject({
      code: "OFFLINE",
    });
  });

  it("stops the other transfers when one fails", async () => {
    let signal: AbortSignal | null | undefined;
    const fetcher = (async (url: string, init?: RequestInit) => {
      if (url === B.url) return new Response("", { status: 404 });
      signal = init?.signal;
      return new Response(new ReadableStream());
    }) as typeof fetch;
    await expect(download([A, B], { fetcher })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(signal?.aborted).toBe(true);
  });
});

describe("fetchJson", () => {
  it("reads JSON and names what is none", async () => {
    const { fetcher } = server({
      "http://page/good": () => new Response('{"networks":[]}'),
      "http://page/bad": () => new Response("<!doctype html>"),
    });
    expect(await fetchJson("the list", "http://page/good", { fetcher })).toEqual({ networks: [] });
    await expect(fetchJson("the list", "http://page/bad", { fetcher })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: /something else than the list/,
    });
  });
});
