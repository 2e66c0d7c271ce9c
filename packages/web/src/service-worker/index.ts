/**
 * Makes the page work without a connection: the shell is cached when the worker is installed, the runtime and the
 * networks when they are first fetched, or on the page's request once it has them. Only answers of the page's own
 * files pass through here; everything else goes to the network untouched.
 *
 * @module
 */
import type { RouteHandlerCallbackOptions } from "workbox-core/types.js";
import { PrecacheController, PrecacheRoute } from "workbox-precaching";
import { registerRoute } from "workbox-routing";
import { CacheFirst, NetworkFirst } from "workbox-strategies";
import { NETWORKS_FILE, type NetworkList } from "../engine/network-list.ts";
import { BUILD } from "./build-info.ts";
import { FILES_CACHE, pathInPage, removeOld, SHELL_CACHE } from "./caches.ts";
import type { KeepAnswer, WorkerRequest } from "./messages.ts";
import { pageHeaders } from "./responses.ts";

declare const self: ServiceWorkerGlobalScope;

const LIST_TIMEOUT_S = 3;

const shell = new PrecacheController({ cacheName: SHELL_CACHE, plugins: [pageHeaders] });
shell.addToCacheList(BUILD.shell);

const options = { cacheName: FILES_CACHE, matchOptions: { ignoreVary: true }, plugins: [pageHeaders] };
const files = new CacheFirst(options);
const lists = new NetworkFirst({ ...options, networkTimeoutSeconds: LIST_TIMEOUT_S });

registerRoute(new PrecacheRoute(shell, { ignoreURLParametersMatching: [/./], cleanURLs: false }));
registerRoute(({ url, request }) => !request.headers.has("range") && isFile(pathInPage(url)), files);
registerRoute(({ url }) => pathInPage(url) === NETWORKS_FILE, lists);
registerRoute(({ url }) => pathInPage(url)?.startsWith("assets/"), fromOlderVersion);

/** Another tab may still run the version before, which loads parts of itself as it needs them. */
async function fromOlderVersion({ request }: RouteHandlerCallbackOptions): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

function isFile(path: string | null): boolean {
  if (path === null) return false;
  return path.startsWith("networks/") || BUILD.needed.includes(path) || BUILD.other.includes(path);
}

self.addEventListener("install", (event) => event.waitUntil(shell.install(event)));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const { type } = event.data as WorkerRequest;
  if (type === "take-over") event.waitUntil(self.skipWaiting());
  if (type === "keep") event.waitUntil(keep(event).then((answer) => event.ports[0]?.postMessage(answer)));
});

async function keep(event: ExtendableEvent): Promise<KeepAnswer> {
  try {
    const list = await fetchWith(lists, event, NETWORKS_FILE);
    const { networks } = (await list.json()) as NetworkList;
    for (const path of [...BUILD.needed, networks[0]!.file]) await fetchWith(files, event, path);
    await removeOld([NETWORKS_FILE, ...networks.map(({ file }) => file)]);
    return { kept: true };
  } catch (error) {
    return { kept: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Resolves once the answer lies in the cache. What the page has just fetched comes from the browser's own cache. */
async function fetchWith(strategy: CacheFirst | NetworkFirst, event: ExtendableEvent, path: string) {
  const url = new URL(path, self.registration.scope).href;
  const cache = strategy === files ? "force-cache" : "default";
  const [response, done] = strategy.handleAll({ event, request: new Request(url, { cache }) });
  const answer = await response;
  if (!answer.ok) throw new Error(`${path} cannot be had: the host answered ${answer.status}.`);
  await done;
  return answer;
}
