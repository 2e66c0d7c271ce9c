/** What the page asks of its service worker; the first is answered on the port that comes with it. */
export type WorkerRequest =
  /** Keep all that colouring a photo without a network connection takes. */
  | { type: "keep" }
  /** Take over from the version before. */
  | { type: "take-over" };

export type KeepAnswer = { kept: true } | { kept: false; reason: string };
