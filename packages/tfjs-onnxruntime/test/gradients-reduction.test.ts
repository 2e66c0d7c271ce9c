import { checkCases } from "./cases/check.ts";
import { REDUCTION_CASES } from "./cases/reduction.ts";

checkCases("reduction, normalization, loss", REDUCTION_CASES);
