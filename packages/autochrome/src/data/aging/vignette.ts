/**
 * Darkens towards the corners as a simple lens does: by the fourth power of the cosine of the angle to its axis.
 * In place.
 * @param plane [height * width], 0 is black
 * @param strength share that the corner farthest from the centre loses, 0 to below 1
 * @param centreX in widths: 0.5 is the middle
 * @param centreY in heights
 */
export function darkenCorners(
  plane: Float32Array,
  width: number,
  height: number,
  strength: number,
  centreX: number,
  centreY: number,
): void {
  const [middleX, middleY] = [centreX * (width - 1), centreY * (height - 1)];
  const farthest = Math.max(middleX, width - 1 - middleX) ** 2 + Math.max(middleY, height - 1 - middleY) ** 2;
  if (farthest === 0) return;
  // cos^4 = 1 / (1 + tan^2)^2, and the tangent grows with the distance.
  const tangent2 = (1 / Math.sqrt(1 - strength) - 1) / farthest;
  for (let y = 0, i = 0; y < height; y++) {
    const dy2 = (y - middleY) * (y - middleY);
    for (let x = 0; x < width; x++, i++) {
      const secant2 = 1 + tangent2 * ((x - middleX) * (x - middleX) + dy2);
      plane[i] = plane[i] / (secant2 * secant2);
    }
  }
}
