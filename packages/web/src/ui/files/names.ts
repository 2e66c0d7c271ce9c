/** Names of files: what they are and what is made of them. */

const PHOTO = /\.(jpe?g|jfif|png|webp|avif|gif|bmp|tiff?|hei[cf]|jxl)$/i;
const HINTS = /\.json$/i;

export function isPhoto({ name, type }: { name: string; type: string }): boolean {
  return type.startsWith("image/") ? type !== "image/svg+xml" : PHOTO.test(name);
}

export function isHints({ name, type }: { name: string; type: string }): boolean {
  return HINTS.test(name) || type === "application/json";
}

/** `portrait.jpg` to `portrait`. */
export function stem(name: string): string {
  return name.replace(/(?<=.)\.[^.]*$/, "");
}

/** `portrait.jpg` to `portrait.hints.json`. */
export function hintsName(photo: string): string {
  return `${stem(photo)}.hints.json`;
}

/** Whether a file of hints is meant for a photo: `portrait.hints.json` or `portrait.json` for `portrait.jpg`. */
export function belongsTo(hints: string, photo: string): boolean {
  return hints.replace(/(\.hints)?\.json$/i, "").toLowerCase() === stem(photo).toLowerCase();
}

/** Names that differ, letter case aside, as some file systems need it: the second `a.jpg` becomes `a (2).jpg`. */
export function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const extension = name.slice(stem(name).length);
    let free = name;
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${stem(name)} (${n})${extension}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

/** `3.4 MB`; megabytes of 10^6 bytes. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
