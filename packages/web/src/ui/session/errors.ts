/** An error's message as the beginning of a sentence. */
export function messageOf(error: unknown): string {
  const { message } = error as Error;
  return message.charAt(0).toUpperCase() + message.slice(1);
}

export function isCrash(error: unknown): boolean {
  return codeOf(error) === "CRASHED";
}

/** Whether an operation ended because a newer one, or the photo's removal, made it needless. */
export function isPassed(error: unknown): boolean {
  return codeOf(error) === "SUPERSEDED" || codeOf(error) === "CLOSED";
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
