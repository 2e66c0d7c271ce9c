import { checkCases } from "./cases/check.ts";
import { IMAGE_CASES } from "./cases/images.ts";

checkCases("pooling, resizing, cropping", IMAGE_CASES);
