import type { Plugin } from "vite";
import { POLICY } from "../page-headers.ts";

/** Writes the policy into the built page; not into the one that Vite serves while developing, which has inline parts. */
export function contentSecurityPolicy(): Plugin {
  return {
    name: "autochrome:content-security-policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
        injectTo: "head-prepend",
      },
    ],
  };
}
