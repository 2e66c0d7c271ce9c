/**
 * From a network without hints to one that takes them.
 *
 * @module
 */
import { AutochromeError } from "../../errors.ts";
import { type keras, tf } from "../../models/index.ts";

/**
 * Gives a hint-conditioned generator the weights of one without hints. Of the convolution that meets the input, those of
 * the new channels become 0, so that the network starts as it was, whatever the hints.
 *
 * @param narrow with the input [n, h, w, 1]
 * @param wide the same layers on [n, h, w, 4], lightness first; its weights are written over
 * @param init named in errors
 * @throws AutochromeError where the layers are not the same otherwise
 */
export function widen(narrow: keras.LayersModel, wide: keras.LayersModel, init: string): void {
  const from = narrow.weights;
  const to = wide.weights;
  const added = wide.inputs[0]!.shape.at(-1)! - narrow.inputs[0]!.shape.at(-1)!;
  let widened = 0;
  const values = to.map((weight, i) => {
    const given = from[i]?.read();
    if (given === undefined || from.length !== to.length) throw otherLayers(init);
    if (given.shape.join() === weight.shape.join()) return given;
    const [rows, columns, inputs, filters] = given.shape;
    if (given.rank !== 4 || weight.shape.join() !== [rows, columns, inputs! + added, filters].join()) {
      throw otherLayers(init);
    }
    widened++;
    return tf.pad(given, [
      [0, 0],
      [0, 0],
      [0, added],
      [0, 0],
    ]);
  });
  if (widened !== 1) throw otherLayers(init);
  to.forEach((weight, i) => {
    (weight.read() as tf.Variable).assign(values[i]!);
    if (values[i] !== from[i]!.read()) values[i]!.dispose();
  });
}

function otherLayers(init: string): AutochromeError {
  return new AutochromeError(
    `${init} takes no hints, and this run's generator is not the same network with hints added: leave --generator, ` +
      "--hints or --init out.",
    { code: "OTHER_NETWORK", exitCode: 2 },
  );
}
