import { checkCases } from "./cases/check.ts";
import { CONVOLUTION_CASES } from "./cases/convolution.ts";

checkCases("convolution, pooling, resizing", CONVOLUTION_CASES);
