import { checkCases } from "./cases/check.ts";
import { SECOND_ORDER_CASES } from "./cases/second-order.ts";

checkCases("second gradients", SECOND_ORDER_CASES);
