import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { type AddressInfo, connect, createServer as createRelay, type Socket } from "node:net";

export interface SeenRequest {
  method: string;
  /** As the browser wrote it: absolute, since it speaks to a proxy. */
  url: string;
  body: boolean;
}

/**
 * A server that is also the browser's only proxy, so that nothing the browser sends over TCP passes it by: page,
 * workers, service worker, beacons, web sockets, whatever the host. It keeps every byte received.
 */
export interface NetworkWatch {
  /** Origin of the page, ending in a slash. */
  url: string;
  requests: SeenRequest[];
  /** Requests for other origins, tunnels and upgrades: there should be none. */
  foreign: string[];
  /** Requests for the browser maker's services (updates, accounts), made whatever page is open. */
  browsersOwn: string[];
  /** All that the browser sent. */
  sent(): Buffer;
  /** Ends every connection and refuses new ones, as on a machine that has lost its network. */
  cut(): void;
  close(): Promise<void>;
}

/** No page's: the policy of ours lets it reach none of these, which a test tries. */
const BROWSERS_OWN =
  /^(update|optimizationguide-pa|content-autofill|safebrowsing)\.googleapis\.com|^(accounts|clients2)\.google\.com/;

export async function watchNetwork(page: RequestListener): Promise<NetworkWatch> {
  const chunks: Buffer[] = [];
  const server = createServer();
  await listen(server);
  const clients = new Set<Socket>();
  let isCut = false;
  const relay = createRelay((client) => {
    if (isCut) return client.resetAndDestroy();
    clients.add(client);
    client.on("close", () => clients.delete(client));
    const upstream = connect((server.address() as AddressInfo).port, "127.0.0.1");
    client.on("data", (chunk) => chunks.push(chunk));
    client.pipe(upstream).pipe(client);
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
  });
  await listen(relay);
  const url = `http://127.0.0.1:${(relay.address() as AddressInfo).port}/`;
  const watch: NetworkWatch = {
    url,
    requests: [],
    foreign: [],
    browsersOwn: [],
    sent: () => Buffer.concat(chunks),
    cut() {
      isCut = true;
      for (const client of clients) client.destroy();
    },
    async close() {
      server.closeAllConnections();
      await Promise.all([server, relay].map((one) => new Promise((resolve) => one.close(resolve))));
    },
  };

  const other = (host: string, what: string) => {
    (BROWSERS_OWN.test(host) ? watch.browsersOwn : watch.foreign).push(what);
  };
  server.on("request", (request, response) => {
    const target = new URL(request.url ?? "/", url);
    const { "content-length": length, "transfer-encoding": transfer } = request.headers;
    if (target.origin !== new URL(url).origin) {
      other(target.host, `${request.method} ${request.url}`);
      response.writeHead(403).end();
      return;
    }
    const body = transfer !== undefined || Number(length ?? 0) > 0;
    watch.requests.push({ method: request.method ?? "", url: target.href, body });
    request.url = target.pathname + target.search;
    page(request, response);
  });
  for (const event of ["connect", "upgrade"] as const) {
    server.on(event, (request: IncomingMessage, socket) => {
      other(request.headers.host ?? "", `${event} ${request.url}`);
      socket.destroy();
    });
  }
  return watch;
}

function listen(server: { listen(port: number, host: string, done: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}
