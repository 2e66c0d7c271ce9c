import { expect, it } from "vitest";
import { coloredName } from "./formats.ts";

it("names a photo's colour version", () => {
  expect(coloredName("portrait.jpg", "jpeg")).toBe("portrait.color.jpg");
  expect(coloredName("B.JPEG", "jpeg")).toBe("B.color.JPEG");
  expect(coloredName("scan.tif", "png")).toBe("scan.color.png");
  expect(coloredName("a.b.gif", "png")).toBe("a.b.color.png");
  expect(coloredName("photo", "jpeg")).toBe("photo.color.jpg");
  expect(coloredName(".hidden", "png")).toBe(".hidden.color.png");
  expect(coloredName("scan.dat", "tiff")).toBe("scan.color.tif");
});
