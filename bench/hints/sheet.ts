/**
 * Photos before and after hints, beside the true colours, with the hints drawn where they lie:
 *
 *   npx tsx --conditions=development bench/hints/sheet.ts <out.jpg>
 *
 * @module
 */
import { decodePhoto, type Hint, loadColorizer } from "autochrome";
import sharp, { type OverlayOptions } from "sharp";

/** Sample photos, and what somebody might wish for them. */
const WISHES: readonly { photo: string; hints: readonly Hint[] }[] = [
  { photo: "cypresses", hints: [{ x: 0.5, y: 0.1, color: "#5a96d8" }] },
  {
    photo: "tulips",
    hints: [
      { x: 0.68, y: 0.4, color: "#e07a9a" },
      { x: 0.1, y: 0.45, color: "#e07a9a" },
      { x: 0.1, y: 0.85, color: "#3c7a2c" },
      { x: 0.6, y: 0.85, color: "#3c7a2c" },
      { x: 0.88, y: 0.93, color: "#3c7a2c" },
    ],
  },
];
const HEIGHT = 220;
const GAP = 6;

const [out] = process.argv.slice(2);
if (out === undefined) {
  console.error("usage: sheet.ts <out.jpg>");
  process.exit(2);
}
const colorizer = await loadColorizer();
const layers: OverlayOptions[] = [];
let [width, top] = [0, 0];
for (const { photo: name, hints } of WISHES) {
  const photo = await decodePhoto(`examples/photos/${name}.jpg`);
  const raw = { width: photo.width, height: photo.height, channels: 3 as const };
  const wide = Math.round((photo.width * HEIGHT) / photo.height);
  const dots = hints.map(
    ({ x, y, color }) =>
      `<circle cx="${x * wide}" cy="${y * HEIGHT}" r="5" fill="${color}" stroke="#fff" stroke-width="2"/>`,
  );
  const marks = `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${HEIGHT}">${dots.join("")}</svg>`;
  const pictures = [
    { rgb: (await colorizer.colorize(photo)).rgb, marks: null },
    { rgb: (await colorizer.colorize(photo, { hints })).rgb, marks },
    { rgb: photo.rgb, marks: null },
  ];
  let left = 0;
  for (const picture of pictures) {
    const small = sharp(picture.rgb, { raw }).resize(wide, HEIGHT, { fit: "fill" });
    if (picture.marks !== null) small.composite([{ input: Buffer.from(picture.marks) }]);
    layers.push({ input: await small.png().toBuffer(), left, top });
    left += wide + GAP;
  }
  width = Math.max(width, left - GAP);
  top += HEIGHT + GAP;
}
await colorizer.dispose();
await sharp({ create: { width, height: top - GAP, channels: 3, background: "#fff" } })
  .composite(layers)
  .jpeg({ quality: 86 })
  .toFile(out);
