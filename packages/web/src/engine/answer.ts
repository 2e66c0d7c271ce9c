import { describeError } from "./errors.ts";
import type { Message } from "./protocol.ts";

/** A call as it arrives: {@link Request}, or one of an engine that knows more. */
interface Call {
  call: number;
  method: string;
  args: readonly unknown[];
}

/** Makes a call and posts its result or what failed. */
export async function answer(engine: object, { call, method, args }: Call): Promise<void> {
  try {
    const operation = (engine as Record<string, (...args: readonly unknown[]) => Promise<unknown>>)[method]!;
    const value = await operation.apply(engine, args as unknown[]);
    post({ type: "result", call, value }, bitmapsOf(value));
  } catch (error) {
    post({ type: "error", call, ...describeError(error) });
  }
}

export function post(message: Message, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

/** They are handed over, not copied. */
function bitmapsOf(value: unknown): ImageBitmap[] {
  if (value instanceof ImageBitmap) return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).filter((part) => part instanceof ImageBitmap);
}
