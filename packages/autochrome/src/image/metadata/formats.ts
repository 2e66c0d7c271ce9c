/** The file formats that are read; all but GIF are also written. */
export type PhotoFormat = "jpeg" | "png" | "webp" | "avif" | "tiff" | "gif";

const FORMAT_OF_EXTENSION: Readonly<Record<string, PhotoFormat>> = {
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".png": "png",
  ".webp": "webp",
  ".avif": "avif",
  ".tif": "tiff",
  ".tiff": "tiff",
  ".gif": "gif",
};

/** File name endings of photos that can be read, lower case, with the dot. */
export const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set(Object.keys(FORMAT_OF_EXTENSION));

/** The format that a file name ending (any case, with the dot) stands for, or null. */
export function formatOfExtension(extension: string): PhotoFormat | null {
  return FORMAT_OF_EXTENSION[extension.toLowerCase()] ?? null;
}

/** The usual file name ending of a format, with the dot. */
export function extensionOfFormat(format: PhotoFormat): string {
  return format === "jpeg" ? ".jpg" : format === "tiff" ? ".tif" : `.${format}`;
}

/**
 * The file name that a photo's colour version gets: `portrait.jpg` becomes `portrait.color.jpg`. The ending stays as
 * it was spelt where it stands for the format.
 *
 * @param name without folders
 */
export function coloredName(name: string, format: PhotoFormat): string {
  // A dot at the very beginning hides a file and begins no ending.
  const dot = name.lastIndexOf(".");
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  return `${stem}.color${formatOfExtension(extension) === format ? extension : extensionOfFormat(format)}`;
}
