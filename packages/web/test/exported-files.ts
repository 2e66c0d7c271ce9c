/** Photos with metadata of every kind, as files, and what files say. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  insertJpegMetadata,
  insertPngMetadata,
  insertWebpMetadata,
  readFileMetadata,
} from "autochrome/browser";
import sharp, { type Sharp } from "sharp";

const run = promisify(execFile);

const WIDTH = 60;
const HEIGHT = 40;

export const XMP =
  '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
  '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"' +
  ' xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" tiff:Orientation="6" GCamera:MotionPhoto="1">' +
  '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Grandmother, été 1931</rdf:li></rdf:Alt></dc:title>' +
  "</rdf:Description></rdf:RDF></x:xmpmeta>";

/** Gray slopes and an edge, 60x40. */
function scene(): Sharp {
  const gray = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    return x > y ? 40 + 3 * x : 200 - 4 * y;
  });
  return sharp(gray, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } }).toColourspace("srgb");
}

/** A camera's JPEG: EXIF in all directories, place, profile, density 300. */
function camera(orientation: number): Promise<Buffer> {
  return scene()
    .withMetadata({ orientation, density: 300 })
    .withExifMerge({
      IFD0: { Make: "Lumiere", Copyright: "A. Person", ImageDescription: "A test" },
      IFD2: {
        ExposureTime: "1/125",
        DateTimeOriginal: "1931:07:14 12:00:00",
        PixelXDimension: String(WIDTH),
        PixelYDimension: String(HEIGHT),
      },
      IFD3: {
        GPSLatitudeRef: "N",
        GPSLatitude: "45/1 45/1 0/1",
        GPSLongitudeRef: "E",
        GPSLongitude: "4/1 50/1 0/1",
      },
    })
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** An EXIF block of 100 kB: a maker's name, and a maker's notes. */
function largeExif(): Buffer {
  const notes = 100_000;
  const block = Buffer.alloc(8 + 2 + 2 * 12 + 4 + 2 + 12 + 4 + 8 + notes);
  block.write("II*\0\x08\0\0\0", "latin1");
  const entry = (at: number, tag: number, type: number, count: number, value: number) => {
    block.writeUInt16LE(tag, at);
    block.writeUInt16LE(type, at + 2);
    block.writeUInt32LE(count, at + 4);
    block.writeUInt32LE(value, at + 8);
  };
  block.writeUInt16LE(2, 8);
  entry(10, 0x010f, 2, 8, 56);
  entry(22, 0x8769, 4, 1, 38);
  block.writeUInt16LE(1, 38);
  entry(40, 0x927c, 7, notes, 64);
  block.write("Lumiere\0", 56);
  return block;
}

/** Files by name. */
export async function photosWithMetadata(): Promise<Map<string, Uint8Array>> {
  const plain = await scene().jpeg().toBuffer();
  const png = await scene().png().toBuffer();
  const webp = await scene().webp({ lossless: true }).toBuffer();
  const turned = await camera(6);
  const { exif } = await readFileMetadata(await camera(1));
  const slope = Buffer.from(
    Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => ((i % WIDTH) * 255) / WIDTH),
  );
  const clear = scene().joinChannel(slope, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } });
  const film = Buffer.concat([await camera(3), Buffer.from("\0\0\0\x1cftypmp42 a film, or so it says")]);
  return new Map<string, Uint8Array>([
    ["turned.jpg", insertJpegMetadata(turned, { xmp: XMP })],
    ["mirrored.JPEG", await camera(7)],
    ["film.jpg", insertJpegMetadata(film, { xmp: XMP })],
    [
      "sideways.png",
      await insertPngMetadata(png, { exif: (await readFileMetadata(turned)).exif, xmp: XMP, density: 600 }),
    ],
    ["large.png", await insertPngMetadata(png, { exif: largeExif() })],
    [
      "wide.png",
      await insertPngMetadata(await scene().toColourspace("rgb16").png().toBuffer(), { exif, density: 72 }),
    ],
    ["clear.png", await insertPngMetadata(await clear.png().toBuffer(), { exif })],
    [
      "photo.webp",
      insertWebpMetadata(webp, { exif, xmp: XMP }, { width: WIDTH, height: HEIGHT, hasAlpha: false }),
    ],
    ["p3.jpg", await scene().withIccProfile("p3").jpeg({ quality: 95 }).toBuffer()],
    ["plain.jpg", plain],
    [
      "broken.jpg",
      insertJpegMetadata(plain, { exif: Buffer.from("II*\0\xff\xff\0\0", "latin1"), xmp: "no packet" }),
    ],
    ["drawing.gif", await scene().gif().toBuffer()],
  ]);
}

/** Metadata as the tests compare it. */
export async function facts(file: Uint8Array) {
  const { format, orientation, exif, xmp, density, hasProfile } = await readFileMetadata(file);
  return {
    ...{ format, orientation, density, hasProfile },
    exif: exif && Buffer.from(exif).toString("latin1"),
    xmp: xmp && Buffer.from(xmp).toString(),
  };
}

/** Whether `exiftool`, an independent reader, is here. */
export async function hasExiftool(): Promise<boolean> {
  return run("exiftool", ["-ver"]).then(
    () => true,
    () => false,
  );
}

/** EXIF, place and XMP of files by exiftool, whose warnings are among the tags. */
export async function tagsOf(paths: readonly string[]): Promise<Record<string, unknown>[]> {
  const options = ["-json", "-G1", "-a", "-struct", "-validate", "-warning", "-all"];
  const { stdout } = await run("exiftool", [...options, ...paths], { maxBuffer: 1 << 26 });
  const kept = /^(IFD\d|ExifIFD|GPS|InteropIFD|XMP-.*):|^ExifTool:Warning$/;
  return (JSON.parse(stdout) as Record<string, unknown>[]).map((tags) =>
    Object.fromEntries(Object.entries(tags).filter(([name]) => kept.test(name))),
  );
}
