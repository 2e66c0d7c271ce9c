/** What a browser tells of its device. */
export interface DeviceHints {
  /** In GiB, rounded and at most 8; Chromium alone tells it. */
  deviceMemory?: number;
  userAgent: string;
}

const MEGAPIXELS = 1e6;

/**
 * The most pixels that a photo may have on this device. At its peak, while it is painted and shown, a photo takes
 * about 15 bytes a pixel: 1.5 GB for 100 megapixels.
 */
export function pixelLimit({ deviceMemory, userAgent }: DeviceHints): number {
  // iPads call themselves Macintosh, but have a touch screen; their limits are those of a desktop.
  if (/iPhone|iPod/.test(userAgent)) return 16 * MEGAPIXELS;
  if (/Android|Mobile/.test(userAgent)) return ((deviceMemory ?? 4) >= 8 ? 50 : 25) * MEGAPIXELS;
  return ((deviceMemory ?? 8) >= 8 ? 100 : 50) * MEGAPIXELS;
}
