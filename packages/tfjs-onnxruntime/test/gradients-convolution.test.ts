import { checkCases } from "./cases/check.ts";
import { CONVOLUTION_CASES } from "./cases/convolution.ts";

checkCases("convolution", CONVOLUTION_CASES);
