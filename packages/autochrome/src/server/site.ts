/**
 * The built page: where its files are, and answering with them.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Context } from "hono";
import { AutochromeError } from "../errors.ts";
import { builtFolder, contentTypeOf, FROM_SOURCES } from "../http/index.ts";
import { pageNetworks, type ServedNetwork } from "./networks.ts";

/** One address of the page. */
interface SiteFile {
  type: string;
  cache: string;
  /** By Content-Encoding; `identity` is always there. */
  variants: Map<string, { body: Uint8Array<ArrayBuffer>; tag: string }>;
}

export type Site = ReadonlyMap<string, SiteFile>;

/** Encodings in the order in which they are preferred, with the ending of the file beside. */
const ENCODINGS = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

const IMMUTABLE = "public, max-age=31536000, immutable";
const REVALIDATE = "no-cache";

/** What the page may load; the page itself says the same, but for being framed, which only a header can forbid. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "worker-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** A content's hash in a file's name: its address never means anything else. */
const HASHED = /^\/(?:assets\/.*-[\w-]{8}\.\w+|networks\/.*-[0-9a-f]{16}\.onnx)$/;

/** @throws AutochromeError where the package is incomplete */
export async function loadSite(networks: readonly ServedNetwork[]): Promise<Site> {
  return siteOf(await readFiles(await siteFolder()), networks);
}

/** The site of a page's files, with a server's own networks in place of those that the page was built with. */
export function siteOf(files: ReadonlyMap<string, Uint8Array>, networks: readonly ServedNetwork[]): Site {
  const own = new Map(
    [...files].filter(([path]) => path !== "networks.json" && !path.startsWith("networks/")),
  );
  const list = pageNetworks(networks);
  own.set("networks.json", Buffer.from(JSON.stringify(list)));
  for (const { file, name } of list.networks) {
    own.set(file, networks.find((network) => network.name === name)!.content!);
  }
  const site = new Map<string, SiteFile>();
  for (const [path, body] of own) {
    if (ENCODINGS.some(([, ending]) => path.endsWith(ending) && own.has(path.slice(0, -ending.length))))
      continue;
    const address = `/${path}`;
    const variants: SiteFile["variants"] = new Map([["identity", tagged(body)]]);
    for (const [encoding, ending] of ENCODINGS) {
      const beside = own.get(path + ending);
      if (beside !== undefined) variants.set(encoding, tagged(beside));
    }
    const file = {
      type: contentTypeOf(path),
      cache: HASHED.test(address) ? IMMUTABLE : REVALIDATE,
      variants,
    };
    site.set(address, file);
    // The service worker fetches the page by its file's name.
    if (path === "index.html") site.set("/", file);
  }
  return site;
}

/** Of the networks that the page was built with. */
function isNetwork(path: string): boolean {
  return /^networks(\.json(\.\w+)?$|\/)/.test(path);
}

function tagged(body: Uint8Array): { body: Uint8Array<ArrayBuffer>; tag: string } {
  const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  return { body: new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength), tag };
}

async function siteFolder(): Promise<string> {
  if (!FROM_SOURCES) {
    const folder = builtFolder("web");
    if (existsSync(join(folder, "index.html"))) return folder;
    throw new AutochromeError(
      `the page is missing in ${folder}: install autochrome again, or serve with --no-page.`,
      {
        code: "NO_PAGE",
      },
    );
  }
  // By a name that the package's bundler does not follow: the page's bundler is no part of the package.
  const builder = new URL("../../../web/page.ts", import.meta.url).href;
  const { ensurePage } = (await import(/* @vite-ignore */ builder)) as { ensurePage: () => Promise<string> };
  return ensurePage();
}

async function readFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files
    .map((path) => [relative(folder, path).split(sep).join("/"), path] as const)
    .filter(([name]) => !name.startsWith(".") && !isNetwork(name))
    .map(async ([name, path]) => [name, await readFile(path)] as const);
  return new Map(await Promise.all(read));
}

/** Answers a GET or HEAD for one of the site's files; null where there is none. */
export function answerFile(context: Context, site: Site): Response | null {
  const file = site.get(context.req.path);
  if (file === undefined) return null;
  const accepted = acceptedEncodings(context.req.header("accept-encoding") ?? "");
  const encoding =
    ENCODINGS.find(([name]) => accepted.has(name) && file.variants.has(name))?.[0] ?? "identity";
  const { body, tag } = file.variants.get(encoding)!;
  const headers: Record<string, string> = { "Cache-Control": file.cache, ETag: tag };
  if (file.variants.size > 1) headers.Vary = "Accept-Encoding";
  const known = context.req.header("if-none-match");
  if (known !== undefined && matches(known, tag)) return context.body(null, 304, headers);
  headers["Content-Type"] = file.type;
  if (encoding !== "identity") headers["Content-Encoding"] = encoding;
  headers["Content-Length"] = String(body.byteLength);
  return context.req.method === "HEAD" ? context.body(null, 200, headers) : context.body(body, 200, headers);
}

/** Names that Accept-Encoding does not refuse; `*` is not looked at. */
function acceptedEncodings(header: string): Set<string> {
  const names = new Set<string>();
  for (const part of header.split(",")) {
    const [name, ...parameters] = part.trim().toLowerCase().split(";");
    const refused = parameters.some((parameter) => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(parameter));
    if (name && !refused) names.add(name.trim());
  }
  return names;
}

/** Weak comparison (RFC 9110, 13.1.2), as If-None-Match wants it. */
function matches(header: string, tag: string): boolean {
  if (header.trim() === "*") return true;
  return header.split(",").some((part) => part.trim().replace(/^W\//, "") === tag);
}
