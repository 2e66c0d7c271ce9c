import { engineError } from "./errors.ts";

/** A module whose one function uses a 128-bit vector: what the runtime is built of. */
const SIMD_MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // type: () -> v128
  ...[0x03, 0x02, 0x01, 0x00], // one function of it
  ...[0x0a, 0x0a, 0x01, 0x08, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x62, 0x0b], // i8x16.splat(0), i8x16.popcnt
);

interface Scope {
  WebAssembly?: { validate(bytes: Uint8Array<ArrayBuffer>): boolean };
  OffscreenCanvas?: unknown;
  createImageBitmap?: unknown;
}

/**
 * Checks that this browser has what the engine needs.
 *
 * @throws AutochromeError (`UNSUPPORTED_BROWSER`) that says what is missing
 */
export function checkBrowser(scope: Scope = globalThis): void {
  const missing = [
    ...(scope.WebAssembly?.validate(SIMD_MODULE) ? [] : ["WebAssembly with SIMD"]),
    ...(scope.OffscreenCanvas === undefined ? ["OffscreenCanvas"] : []),
    ...(scope.createImageBitmap === undefined ? ["createImageBitmap"] : []),
  ];
  if (missing.length === 0) return;
  throw engineError(
    "UNSUPPORTED_BROWSER",
    `this browser is too old: it lacks ${missing.join(" and ")}. Chrome or Edge 91, Firefox 105, Safari 17, or newer will do.`,
  );
}

/** Threads that the network may use: shared memory needs a page that is cross-origin isolated. */
export function threadsFor(isolated: boolean, processors: number): number {
  if (!isolated) return 1;
  // Beyond four, half of the logical processors are the second threads of the others.
  return Math.max(1, Math.min(processors, Math.max(4, processors >> 1), 8));
}
