import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

export interface LoadResult {
  /** Answers by status; 503 counts each time. */
  statuses: Record<string, number>;
  /** Milliseconds of each photo that was coloured, its waiting after a 503 included. */
  milliseconds: number[];
  seconds: number;
}

/** Lets clients send photos, each its next once it has been answered, until `count` are coloured or have failed. */
export async function load(
  url: string,
  paths: readonly string[],
  count: number,
  clients: number,
): Promise<LoadResult> {
  const photos = await Promise.all(paths.map((path) => readFile(path)));
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const result: LoadResult = { statuses: {}, milliseconds: [], seconds: 0 };
  let next = 0;
  const started = performance.now();
  const client = async () => {
    while (next < count) {
      const photo = photos[next++ % photos.length]!;
      const began = performance.now();
      for (;;) {
        const { status, retryAfter } = await send(`${url}v1/colorize`, photo, agent);
        result.statuses[status] = (result.statuses[status] ?? 0) + 1;
        if (status === "200") result.milliseconds.push(performance.now() - began);
        if (status !== "503") break;
        await wait(1000 * retryAfter);
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  result.seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return result;
}

function send(url: string, photo: Buffer, agent: Agent): Promise<{ status: string; retryAfter: number }> {
  return new Promise((resolve) => {
    const headers = { "Content-Type": "application/octet-stream", "Content-Length": photo.length };
    const sent = request(url, { method: "POST", agent, headers }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("end", () => {
        const whole = bytes === Number(response.headers["content-length"]);
        const retryAfter = Number(response.headers["retry-after"] ?? 1);
        resolve({ status: whole ? String(response.statusCode) : "truncated", retryAfter });
      });
      response.on("error", () => resolve({ status: "aborted", retryAfter: 1 }));
    });
    sent.on("error", (error: NodeJS.ErrnoException) =>
      resolve({ status: error.code ?? "failed", retryAfter: 1 }),
    );
    sent.end(photo);
  });
}
