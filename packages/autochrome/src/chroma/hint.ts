/** A colour that a person wants at a place of a photo. */
export interface Hint {
  /** Across and down the upright photo, in [0,1]. */
  x: number;
  y: number;
  /** `#rrggbb`; only its a*, b* count, lightness is the photo's. */
  color: string;
}
