import { describe, expect, it } from "vitest";
import { startEngine, type WorkerLike } from "./client.ts";
import type { Message, ProgressEvent, Runtime } from "./protocol.ts";

interface Sent {
  call: number;
  method: string;
  args: unknown[];
}

/** A worker that answers when it is told to. */
class FakeWorker implements WorkerLike {
  onmessage: WorkerLike["onmessage"] = null;
  onerror: WorkerLike["onerror"] = null;
  onmessageerror: WorkerLike["onmessageerror"] = null;
  readonly sent: Sent[] = [];
  ended = false;

  postMessage(message: unknown): void {
    this.sent.push(message as Sent);
  }

  terminate(): void {
    this.ended = true;
  }

  answer(message: Message): void {
    this.onmessage?.({ data: message } as MessageEvent<Message>);
  }

  crash(message: string): void {
    this.onerror?.({ message } as ErrorEvent);
  }
}

function start() {
  const workers: FakeWorker[] = [];
  const events: (ProgressEvent | Runtime)[] = [];
  const engine = startEngine({
    onProgress: (event) => events.push(event),
    onRuntime: (runtime) => events.push(runtime),
    startWorker: () => {
      workers.push(new FakeWorker());
      return workers.at(-1)!;
    },
  });
  return { engine, workers, events };
}

const LOOK = { saturation: 1, hints: [] };
const FILE = new File(["x"], "portrait.jpg");

describe("startEngine", () => {
  it("gives each answer to its own call, in any order, and passes events on", async () => {
    const { engine, workers, events } = start();
    const [worker] = workers;
    const first = engine.predict(1);
    const second = engine.suggest(1, 0.5, 0.25);
    expect(worker!.sent).toEqual([
      { call: 1, method: "predict", args: [1] },
      { call: 2, method: "suggest", args: [1, 0.5, 0.25] },
    ]);
    worker!.answer({ type: "result", call: 2, value: [{ color: "#102030", reason: "predicted" }] });
    worker!.answer({ type: "progress", event: { stage: "predict", id: 1, share: 0.5 } });
    worker!.answer({ type: "runtime", runtime: { kind: "wasm", threads: 2, note: "WebGPU failed" } });
    worker!.answer({ type: "error", call: 1, message: "no.", code: "CLOSED" });
    expect(await second).toEqual([{ color: "#102030", reason: "predicted" }]);
    await expect(first).rejects.toMatchObject({ message: "no.", code: "CLOSED" });
    expect(events).toHaveLength(2);
  });

  it("rejects all calls when the worker crashes, and later ones until it is restarted", async () => {
    const { engine, workers } = start();
    const calls = [engine.predict(1), engine.paint(1, LOOK)];
    workers[0]!.crash("out of memory");
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: "CRASHED", message: /out of memory.*Try again/ });
    }
    expect(workers[0]!.ended).toBe(true);
    await expect(engine.predict(1)).rejects.toMatchObject({ code: "CRASHED", message: /Restart/ });
  });

  it("restarts with the network and the photos that were open", async () => {
    const { engine, workers } = start();
    const loading = engine.load({ network: "small", webgpu: false });
    workers[0]!.answer({ type: "result", call: 1, value: {} });
    await loading;
    for (const id of [5, 6, 7]) {
      const opening = engine.open(id, FILE, 800);
      const { call } = workers[0]!.sent.at(-1)!;
      workers[0]!.answer(
        id === 6
          ? { type: "error", call, message: "damaged", code: "CORRUPT" }
          : { type: "result", call, value: {} },
      );
      await opening.catch(() => {});
    }
    const closing = engine.close(7);
    workers[0]!.answer({ type: "result", call: workers[0]!.sent.at(-1)!.call, value: undefined });
    await closing;
    workers[0]!.crash("");

    const restarting = engine.restart();
    const [, worker] = workers;
    expect(worker!.sent.map(({ method, args }) => [method, ...args])).toEqual([["adopt", 5, FILE, 800]]);
    worker!.answer({ type: "result", call: worker!.sent[0]!.call, value: undefined });
    await new Promise((resolve) => setTimeout(resolve));
    expect(worker!.sent[1]).toMatchObject({ method: "load", args: [{ network: "small", webgpu: false }] });
    worker!.answer({ type: "result", call: worker!.sent[1]!.call, value: { network: { name: "small" } } });
    expect(await restarting).toEqual({ network: { name: "small" } });
    const predicting = engine.predict(5);
    worker!.answer({ type: "result", call: worker!.sent[2]!.call, value: undefined });
    await predicting;
  });

  it("restarts before any network was loaded", async () => {
    const { engine, workers } = start();
    expect(await engine.restart()).toBeNull();
    expect(workers).toHaveLength(2);
    expect(workers[0]!.ended).toBe(true);
  });
});
