/** Side of what is read at once: every WebGL holds textures of this size. */
const TILE = 2048;

/** Reads the colours of bitmaps whose alpha was not multiplied into them, through WebGL. */
export class TextureReader {
  readonly #gl: WebGLRenderingContext;

  private constructor(gl: WebGLRenderingContext) {
    this.#gl = gl;
  }

  /** Null where there is no WebGL. */
  static open(): TextureReader | null {
    const gl = new OffscreenCanvas(1, 1).getContext("webgl", { antialias: false, depth: false });
    return gl === null ? null : new TextureReader(gl);
  }

  /**
   * @param bitmap made with `premultiplyAlpha: "none"`
   * @param rgb where to write, `[height * width * 3]`
   */
  async read(bitmap: ImageBitmap, rgb: Uint8Array): Promise<void> {
    const gl = this.#gl;
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    try {
      for (let top = 0; top < bitmap.height; top += TILE) {
        for (let left = 0; left < bitmap.width; left += TILE) await this.#readTile(bitmap, left, top, rgb);
      }
    } finally {
      gl.getExtension("WEBGL_lose_context")?.loseContext();
    }
  }

  async #readTile(bitmap: ImageBitmap, left: number, top: number, rgb: Uint8Array): Promise<void> {
    const gl = this.#gl;
    const width = Math.min(TILE, bitmap.width - left);
    const height = Math.min(TILE, bitmap.height - top);
    const tile = await createImageBitmap(bitmap, left, top, width, height, { premultiplyAlpha: "none" });
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, tile);
    tile.close();
    const { TEXTURE_2D, FRAMEBUFFER, COLOR_ATTACHMENT0 } = gl;
    gl.framebufferTexture2D(
      FRAMEBUFFER,
      COLOR_ATTACHMENT0,
      TEXTURE_2D,
      gl.getParameter(gl.TEXTURE_BINDING_2D),
      0,
    );
    const rgba = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    if (gl.getError() !== gl.NO_ERROR || gl.isContextLost()) return;
    for (let y = 0, from = 0; y < height; y++) {
      let to = ((top + y) * bitmap.width + left) * 3;
      for (let x = 0; x < width; x++, from += 4) {
        rgb[to++] = rgba[from]!;
        rgb[to++] = rgba[from + 1]!;
        rgb[to++] = rgba[from + 2]!;
      }
    }
  }
}
