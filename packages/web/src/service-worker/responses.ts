import type { WorkboxPlugin } from "workbox-core/types.js";
import { ISOLATION, POLICY } from "../../page-headers.ts";

/**
 * Answers carry what a static host may not send: the headers that allow threads, and the page's policy, which a
 * worker takes from its own script's answer and not from the page.
 */
export const pageHeaders: WorkboxPlugin = {
  handlerWillRespond: async ({ response }) => withPageHeaders(response),
};

function withPageHeaders(response: Response): Response {
  if (response.status !== 200) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries({ ...ISOLATION, "Content-Security-Policy": POLICY })) {
    headers.set(name, value);
  }
  // The body is already decoded here, so these two would be wrong.
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
