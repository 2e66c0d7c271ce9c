import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { HtmlTagDescriptor, Plugin } from "vite";

const SOURCE = fileURLToPath(new URL("../icons/icon.svg", import.meta.url));
/** The page's grounds, which the browser's own bar takes up. */
const GROUND = { light: "#faf9f7", dark: "#161513" };
const PHOTOS = {
  "image/jpeg": [".jpg", ".jpeg"],
  "image/png": [".png"],
  "image/webp": [".webp"],
};

const MANIFEST = {
  name: "Autochrome",
  short_name: "Autochrome",
  description: "Colour for black-and-white photographs, made in your own browser.",
  id: "./",
  start_url: "./",
  scope: "./",
  display: "standalone",
  background_color: GROUND.light,
  theme_color: GROUND.light,
  categories: ["photo", "utilities"],
  icons: [
    { src: "icons/icon.svg", sizes: "any", type: "image/svg+xml" },
    { src: "icons/icon-192.png", sizes: "192x192", type: "image/png" },
    { src: "icons/icon-512.png", sizes: "512x512", type: "image/png" },
    { src: "icons/maskable-192.png", sizes: "192x192", type: "image/png", purpose: "maskable" },
    { src: "icons/maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
  ],
  // No share_target: a browser whose service worker was cleared away would post the shared photo to the host.
  file_handlers: [{ action: "./", accept: PHOTOS }],
  launch_handler: { client_mode: "focus-existing" },
};

/** Draws the icons from one SVG and lays them and the manifest beside the page, so that it can be installed. */
export function installable(): Plugin {
  return {
    name: "autochrome:installable",
    apply: "build",
    async generateBundle() {
      const svg = await readFile(SOURCE, "utf8");
      const emit = (fileName: string, source: string | Uint8Array) =>
        this.emitFile({ type: "asset", fileName, source });
      emit("icons/icon.svg", svg);
      // A maskable icon is cut to shape by the system, an iPhone's is rounded by it.
      const uncut = svg.replace(' clip-path="url(#corners)"', "");
      for (const size of [192, 512]) {
        emit(`icons/icon-${size}.png`, await draw(svg, size));
        emit(`icons/maskable-${size}.png`, await draw(uncut, size));
      }
      emit("icons/apple-touch-icon.png", await draw(uncut, 180));
      emit("manifest.webmanifest", JSON.stringify(MANIFEST));
    },
    transformIndexHtml: () => [
      link({ rel: "icon", href: "./icons/icon.svg", type: "image/svg+xml" }),
      link({ rel: "apple-touch-icon", href: "./icons/apple-touch-icon.png" }),
      link({ rel: "manifest", href: "./manifest.webmanifest" }),
      ...Object.entries(GROUND).map(([scheme, content]) => ({
        tag: "meta",
        attrs: { name: "theme-color", media: `(prefers-color-scheme: ${scheme})`, content },
      })),
    ],
  };
}

function link(attrs: Record<string, string>): HtmlTagDescriptor {
  return { tag: "link", attrs, injectTo: "head" };
}

function draw(svg: string, size: number): Promise<Uint8Array> {
  return sharp(Buffer.from(svg), { density: (72 * size) / 32 })
    .resize(size, size)
    .png({ palette: true })
    .toBuffer();
}
