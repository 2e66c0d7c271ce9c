import type { PhotoFormat } from "./formats.ts";

/** What to put into an encoded file; what is null or absent stays as the encoder wrote it. */
export interface MetadataBlocks {
  /** From its TIFF header on. */
  exif?: Uint8Array | null;
  xmp?: string | null;
  /** A colour profile. */
  icc?: Uint8Array | null;
  /** Pixels an inch. */
  density?: number | null;
}

/** What a file says about its photo. */
export interface FileMetadata {
  /** As the content tells, whatever the name; null: none that is known. */
  format: PhotoFormat | null;
  /** EXIF orientation 1 to 8. */
  orientation: number;
  /** From its TIFF header on. */
  exif: Uint8Array | null;
  xmp: Uint8Array | null;
  /** Whether a colour profile is embedded. */
  hasProfile: boolean;
  /** Pixels an inch. */
  density: number | null;
}

/** What a format's reader finds; the rest follows from it. */
export type FoundBlocks = Omit<FileMetadata, "format" | "orientation">;

export const NOTHING_FOUND: FoundBlocks = { exif: null, xmp: null, hasProfile: false, density: null };
