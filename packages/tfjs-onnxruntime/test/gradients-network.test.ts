import { checkCases } from "./cases/check.ts";
import { NETWORK_CASES } from "./cases/network.ts";

checkCases("networks", NETWORK_CASES);
