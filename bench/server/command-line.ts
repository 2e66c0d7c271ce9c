// Colours a folder as `autochrome colorize` does, and prints photos a second as JSON: node command-line.ts <folder> <out>
import { colorizeFiles, loadColorizer } from "autochrome";

const [folder, out] = process.argv.slice(2);
const colorizer = await loadColorizer();
let started = 0;
const result = await colorizeFiles([folder!], {
  colorizer,
  out: out!,
  onEvent: ({ type }) => {
    if (type === "found") started = performance.now();
  },
});
const seconds = (performance.now() - started) / 1000;
process.stdout.write(JSON.stringify({ ...result, seconds, rate: result.done / seconds }));
await colorizer.dispose();
