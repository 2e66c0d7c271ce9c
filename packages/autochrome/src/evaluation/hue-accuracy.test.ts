import { describe, expect, it } from "vitest";
import { hueAccuracy } from "./hue-accuracy.ts";
import { lab } from "./testing.ts";

describe("hueAccuracy", () => {
  it("counts hue within 45 degrees at chroma 7.5 or more, of true chroma 15 or more", () => {
    const truth = lab([50, 20, 0], [50, 20, 0], [50, 20, 0], [50, 20, 0], [50, 9, 12], [50, 14.9, 0]);
    const painted = lab([9, 8, 8], [50, 8, 8.1], [50, 7.4, 0], [50, -20, 0], [50, 4.5, 6], [50, 60, 0]);
    // Right at 45°; beyond it; too gray; opposite; right at both chroma limits; not chromatic, so left out.
    expect(hueAccuracy(truth, painted)).toBe(2 / 5);
  });

  it("is 0 for gray and 1 for the truth", () => {
    const truth = lab([50, 30, 30], [50, -20, 5]);
    expect(hueAccuracy(truth, lab([50, 0, 0], [50, 0, 0]))).toBe(0);
    expect(hueAccuracy(truth, truth)).toBe(1);
  });

  it("does not exist below 2% chromatic pixels", () => {
    const truth = new Float32Array(100 * 3);
    truth[1] = 40;
    expect(hueAccuracy(truth, truth)).toBeNaN();
    truth[4] = 40;
    expect(hueAccuracy(truth, truth)).toBe(1);
    expect(hueAccuracy(new Float32Array(0), new Float32Array(0))).toBeNaN();
  });
});
