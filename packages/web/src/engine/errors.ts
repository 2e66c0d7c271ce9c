import { AutochromeError } from "autochrome/browser";
import type { ErrorCode } from "./protocol.ts";

/** An error for the visitor: what went wrong and what helps. */
export function engineError(code: ErrorCode, message: string, cause?: unknown): AutochromeError {
  return new AutochromeError(message, { code, cause });
}

/** Whatever was thrown, as a sentence to show and its code. */
export function describeError(thrown: unknown): { message: string; code: string } {
  if (thrown instanceof AutochromeError) return { message: thrown.message, code: thrown.code };
  if (isOutOfMemory(thrown)) {
    return {
      message: "there is not enough memory. Close other tabs, or use a smaller photo.",
      code: "OUT_OF_MEMORY" satisfies ErrorCode,
    };
  }
  return { message: reasonOf(thrown), code: "FAILED" satisfies ErrorCode };
}

/** What browsers and the runtime throw where an allocation fails. */
export function isOutOfMemory(thrown: unknown): boolean {
  return /out of memory|allocation failed|array size too large|could not allocate|bad_alloc|invalid typed array length|invalid array( buffer)? length/i.test(
    reasonOf(thrown),
  );
}

/** The first line of what was thrown: the runtime throws texts and numbers too. */
export function reasonOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).split("\n")[0]!;
}
