import { checkCases } from "./cases/check.ts";
import { ELEMENTWISE_CASES } from "./cases/elementwise.ts";

checkCases("element-wise", ELEMENTWISE_CASES);
