import { checkCases } from "./cases/check.ts";
import { STRUCTURE_CASES } from "./cases/structure.ts";

checkCases("shape and indexing", STRUCTURE_CASES);
