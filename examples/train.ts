/**
 * Trains a small network on a folder of colour photos, exports it and measures it, with the library:
 * `npx tsx --conditions=development examples/train.ts photos/ held-out/ 30` (minutes)
 *
 * @module
 */
import { evaluate, exportRun, formatEvaluation, train } from "autochrome";

const [photos, heldOut, minutes = "10"] = process.argv.slice(2);
if (photos === undefined || heldOut === undefined)
  throw new Error("Name photos to train on, and held-out ones.");

const { run, step } = await train(
  { photos: [photos], val: heldOut, minutes: Number(minutes) },
  {
    onStep: ({ step, phase, losses, imagesPerSecond }) => {
      if (step % 50 === 0)
        console.log(step, phase, losses.l1.toFixed(4), `${imagesPerSecond.toFixed(1)} images/s`);
    },
    onValidation: ({ step, score, metrics }) =>
      console.log(`validation at ${step}:`, score.toFixed(3), metrics),
    onMonitor: ({ monitor, message }) => console.warn(`${monitor}: ${message}`),
  },
);
const { folder } = await exportRun(run, "models/mine", { weights: "float16" });
const { result } = await evaluate({ photos: heldOut, model: folder });
console.log(`${step} steps, network in ${folder}\n${formatEvaluation(result)}`);
