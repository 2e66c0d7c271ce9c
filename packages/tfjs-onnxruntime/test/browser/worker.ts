import { registerOnnxRuntime, type WebOnnxRuntimeOptions } from "../../src/web.ts";
import { type Report, trainAndReport } from "./training.ts";

interface WorkerScope {
  onmessage(event: { data: WebOnnxRuntimeOptions }): Promise<void>;
  postMessage(message: Report): void;
}

const scope = globalThis as unknown as WorkerScope;

/** Runs in a web worker: options come as a message, a report goes back. */
scope.onmessage = async ({ data }) => {
  scope.postMessage(await trainAndReport(await registerOnnxRuntime(data)));
};
