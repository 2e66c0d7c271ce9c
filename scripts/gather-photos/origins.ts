import type { ListedPhoto } from "./lists.ts";

/** A photo that was written, and whence. */
export interface Origin extends ListedPhoto {
  /** From the folder that holds origins.tsv, such as `train/krank--menu-1a2b.jpg`. */
  file: string;
}

const HEADER = "file\tpackage\tversion\tpath\tlicense";

/** The table of all photos written, by name. */
export function formatOrigins(origins: Iterable<Origin>): string {
  const sorted = [...origins].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  const lines = sorted.map((origin) =>
    [origin.file, origin.packageName, origin.version, origin.path, origin.license].join("\t"),
  );
  return `${[HEADER, ...lines].join("\n")}\n`;
}

/** What {@link formatOrigins} wrote; lines that are none of its own are passed over, so that they are made anew. */
export function parseOrigins(text: string): Origin[] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [file, packageName, version, path, license] = line.split("\t");
      return file && packageName && version && path && license
        ? [{ file, packageName, version, path, license }]
        : [];
    });
}
