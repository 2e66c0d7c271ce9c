/**
 * An error meant for a person: its message says what went wrong, where, and what to do about it.
 * The command line prints the message alone and exits with `exitCode` (1 failure, 2 wrong usage).
 */
export class AutochromeError extends Error {
  readonly code: string;
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { code?: string; exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "AutochromeError";
    this.code = options.code ?? "FAILED";
    this.exitCode = options.exitCode ?? 1;
  }
}
