/**
 * Epsilon accuracy of Nazeri, Ng and Ebrahimi, "Image Colorization Using Generative Adversarial Networks"
 * (2018): the share of pixels whose L*, a* and b*, each rounded to a whole number, are off by at most
 * epsilon in L* and 2.2 epsilon in a* and b* (whose range is 2.2 times as wide).
 *
 * @param truth interleaved Lab, `[n * 3]`
 * @param painted the same shape
 * @param epsilon percent of the range: 2 or 5 are usual
 * @returns share in [0,1]; NaN when there are no pixels
 */
export function epsilonAccuracy(truth: Float32Array, painted: Float32Array, epsilon: number): number {
  const abEpsilon = 2.2 * epsilon;
  let within = 0;
  for (let i = 0; i < truth.length; i += 3) {
    if (Math.abs(Math.round(truth[i]) - Math.round(painted[i])) > epsilon) continue;
    if (Math.abs(Math.round(truth[i + 1]) - Math.round(painted[i + 1])) > abEpsilon) continue;
    if (Math.abs(Math.round(truth[i + 2]) - Math.round(painted[i + 2])) > abEpsilon) continue;
    within++;
  }
  return within / (truth.length / 3);
}
