import { createHash } from "node:crypto";
import { posix } from "node:path";

/** One line of docs/photos/*.tsv. */
export interface ListedPhoto {
  packageName: string;
  version: string;
  /** Within the package; may go on into a bundle (see {@link parsePlace}). */
  path: string;
  license: string;
}

/** Where in a package's file a photo lies. */
export type Place =
  | { kind: "file"; file: string }
  | { kind: "resource"; file: string; inner: string }
  | { kind: "largest-jpeg"; file: string }
  | { kind: "first-jpeg"; file: string };

const HEADER = "package\tversion\tpath\tlicense";
const LARGEST = " (largest embedded JPEG)";
const FIRST = " (embedded JPEG)";

/**
 * A list's photos in its order.
 *
 * @param name the list's, for messages
 * @throws Error naming the line that is not package, version, path and license
 */
export function parseList(text: string, name: string): ListedPhoto[] {
  const [header, ...lines] = text.split(/\r?\n/);
  if (header !== HEADER) throw new Error(`${name}:1: expected the header package, version, path, license.`);
  return lines.flatMap((line, index) => {
    if (line === "") return [];
    const [packageName, version, path, license, ...more] = line.split("\t");
    if (!packageName || !version || !path || !license || more.length > 0) {
      throw new Error(`${name}:${index + 2}: expected package, version, path and license parted by tabs.`);
    }
    // These reach apt-get's command line and the file system.
    if (!/^[a-z0-9][a-z0-9+.-]+$/.test(packageName) || !/^[A-Za-z0-9.+:~-]+$/.test(version)) {
      throw new Error(`${name}:${index + 2}: ${packageName}=${version} is no package and version of Debian.`);
    }
    if (path.startsWith("/") || path.split("/").includes("..")) {
      throw new Error(`${name}:${index + 2}: the path ${path} leads out of its package.`);
    }
    return [{ packageName, version, path, license }];
  });
}

/** Reads the lists' ways to name a photo inside a bundle: `x.rcc!/a/b.webp` and a note in parentheses. */
export function parsePlace(path: string): Place {
  const bang = path.indexOf("!/");
  if (bang >= 0) return { kind: "resource", file: path.slice(0, bang), inner: path.slice(bang + 1) };
  if (path.endsWith(LARGEST)) return { kind: "largest-jpeg", file: path.slice(0, -LARGEST.length) };
  if (path.endsWith(FIRST)) return { kind: "first-jpeg", file: path.slice(0, -FIRST.length) };
  return { kind: "file", file: path };
}

/**
 * The name under which a photo is written: package, its own name, and four hexadecimal digits of the path's SHA-256,
 * as many packages have the same name in several folders. It depends on nothing else.
 */
export function photoName({ packageName, path }: Pick<ListedPhoto, "packageName" | "path">): string {
  const place = parsePlace(path);
  const { name } = posix.parse(place.kind === "resource" ? place.inner : place.file);
  const digits = createHash("sha256").update(path).digest("hex").slice(0, 4);
  return `${packageName}--${name.replaceAll(/[^\w.+-]+/g, "_")}-${digits}.jpg`;
}
