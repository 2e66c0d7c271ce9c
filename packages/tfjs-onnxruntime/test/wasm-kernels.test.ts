import "@tensorflow/tfjs";
import { OnnxRuntimeBackend } from "../src/backend.ts";
import { activate } from "../src/register.ts";
import { loadWasm } from "../src/runtime/load-wasm.ts";
import { webRuntime } from "../src/runtime/web-session.ts";
import { checkCases } from "./cases/check.ts";
import { CONVOLUTION_CASES } from "./cases/convolution.ts";
import { ELEMENTWISE_CASES } from "./cases/elementwise.ts";
import { IMAGE_CASES } from "./cases/images.ts";
import { NETWORK_CASES } from "./cases/network.ts";
import { REDUCTION_CASES } from "./cases/reduction.ts";
import { STRUCTURE_CASES } from "./cases/structure.ts";

/** The backend of the browser, whose WebAssembly module runs in Node, too. */
async function register(): Promise<OnnxRuntimeBackend> {
  return activate(new OnnxRuntimeBackend(webRuntime(await loadWasm({ threads: 1 }))));
}

const cases = [
  ...CONVOLUTION_CASES,
  ...IMAGE_CASES,
  ...ELEMENTWISE_CASES,
  ...NETWORK_CASES,
  ...REDUCTION_CASES,
  ...STRUCTURE_CASES,
];
checkCases("on the WebAssembly build", cases, register);
