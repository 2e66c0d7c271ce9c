import { BUILD } from "./build-info.ts";

declare const self: ServiceWorkerGlobalScope;

// Pages of one origin share their caches, so names carry the page's own place.
const suffix = ` ${self.registration.scope}`;
const prefix = "autochrome ";

/** The page itself, one cache a version. */
export const SHELL_CACHE = `${prefix}shell ${BUILD.version}${suffix}`;
/** Runtime, networks and pictures, whose names change with their content. */
export const FILES_CACHE = `${prefix}files${suffix}`;

/** Whether a place is one of the build's, under whichever path the page lies. */
export function pathInPage(url: URL): string | null {
  const { origin, pathname } = new URL(self.registration.scope);
  if (url.origin !== origin || !url.pathname.startsWith(pathname)) return null;
  return url.pathname.slice(pathname.length);
}

/**
 * Removes the shells of other versions, and files that neither this build nor the list of networks names. Does
 * nothing while another tab is open, which may still run an older version.
 */
export async function removeOld(networks: readonly string[]): Promise<void> {
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (tabs.length > 1) return;
  for (const name of await caches.keys()) {
    const ours = name.startsWith(`${prefix}shell `) && name.endsWith(suffix);
    if (ours && name !== SHELL_CACHE) await caches.delete(name);
  }
  const current = new Set([...BUILD.needed, ...BUILD.other, ...networks]);
  const files = await caches.open(FILES_CACHE);
  for (const request of await files.keys()) {
    if (!current.has(pathInPage(new URL(request.url)) ?? "")) await files.delete(request);
  }
}
