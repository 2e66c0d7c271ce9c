import { checkCases } from "./cases/check.ts";
import { CONVOLUTION_CASES } from "./cases/convolution.ts";
import { ELEMENTWISE_CASES } from "./cases/elementwise.ts";
import { NETWORK_CASES } from "./cases/network.ts";
import { REDUCTION_CASES } from "./cases/reduction.ts";
import { STRUCTURE_CASES } from "./cases/structure.ts";

checkCases("convolution, pooling, resizing", CONVOLUTION_CASES);
checkCases("element-wise", ELEMENTWISE_CASES);
checkCases("shape and indexing", STRUCTURE_CASES);
checkCases("reduction, normalization, loss", REDUCTION_CASES);
checkCases("networks", NETWORK_CASES);
