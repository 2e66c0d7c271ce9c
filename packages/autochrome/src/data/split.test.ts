import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fingerprintPhotos, splitByHash } from "./split.ts";

const photos = Array.from({ length: 1000 }, (_, i) => ({
  path: `${i}.jpg`,
  hash: createHash("sha256").update(String(i)).digest("hex"),
}));

describe("splitByHash", () => {
  it("gives each photo to one side, about the share asked for", () => {
    const { train, val } = splitByHash(photos, 0.1, 1);
    expect(new Set([...train, ...val]).size).toBe(1000);
    // 100 expected, with a binomial deviation of 9.5.
    expect(Math.abs(val.length - 100)).toBeLessThan(45);
  });

  it("depends on content and seed, not on names, order or company", () => {
    const { val } = splitByHash(photos, 0.1, 1);
    const hashes = new Set(val.map((photo) => photo.hash));
    const renamed = photos.map((photo) => ({ ...photo, path: `x/${photo.path}` })).reverse();
    expect(new Set(splitByHash(renamed, 0.1, 1).val.map((photo) => photo.hash))).toEqual(hashes);
    for (const photo of splitByHash(photos.slice(0, 500), 0.1, 1).val) expect(hashes).toContain(photo.hash);
    expect(new Set(splitByHash(photos, 0.1, 2).val.map((photo) => photo.hash))).not.toEqual(hashes);
  });

  it("leaves neither side empty when there are two photos", () => {
    for (const fraction of [0.0001, 0.5, 0.9999]) {
      for (let seed = 0; seed < 20; seed++) {
        const { train, val } = splitByHash(photos.slice(0, 2), fraction, seed);
        expect([train.length, val.length]).toEqual([1, 1]);
      }
    }
  });

  it("keeps all for training at share 0, refuses what cannot be", () => {
    expect(splitByHash(photos, 0, 1)).toEqual({ train: photos, val: [] });
    expect(() => splitByHash(photos, 1, 1)).toThrow(/0.1/);
    expect(() => splitByHash(photos.slice(0, 1), 0.1, 1)).toThrow(/--val/);
  });
});

describe("fingerprintPhotos", () => {
  it("changes with content and order alone", () => {
    const some = photos.slice(0, 3);
    expect(fingerprintPhotos(some.map(({ hash }) => ({ hash })))).toBe(fingerprintPhotos(some));
    expect(fingerprintPhotos([...some].reverse())).not.toBe(fingerprintPhotos(some));
    expect(fingerprintPhotos(photos.slice(0, 4))).not.toBe(fingerprintPhotos(some));
  });
});
