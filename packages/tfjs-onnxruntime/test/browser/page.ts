import { registerOnnxRuntime, type WebOnnxRuntimeOptions } from "../../src/web.ts";
import { trainAndReport } from "./training.ts";

/** Runs in the page, which the test asks for a report. */
const run = async (options: WebOnnxRuntimeOptions) => trainAndReport(await registerOnnxRuntime(options));

Object.assign(globalThis, { run });
