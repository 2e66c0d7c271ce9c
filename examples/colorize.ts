/**
 * Colours one photo with the library:
 * `npx tsx --conditions=development examples/colorize.ts gray.jpg colour.jpg`
 *
 * @module
 */
import { decodePhoto, encodePhoto, loadColorizer, writeFileAtomic } from "autochrome";

const [input, output] = process.argv.slice(2);
if (input === undefined || output === undefined) throw new Error("Name a photo to read and a file to write.");

const colorizer = await loadColorizer();
const photo = await decodePhoto(input);
const coloured = await colorizer.colorize(photo, { saturation: 1.1 });
await writeFileAtomic(output, await encodePhoto(coloured, { mark: { model: colorizer.info.name } }));
await colorizer.dispose();
console.log(`${output}: ${coloured.width}x${coloured.height}, lightness as in ${input}`);
