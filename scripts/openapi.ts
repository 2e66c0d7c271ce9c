// `npm run openapi`: writes the API's description and the types of its client into examples/api-client/.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import ts from "typescript";
import { openApiDocument } from "../packages/autochrome/src/server/index.ts";

const FOLDER = new URL("../examples/api-client/", import.meta.url);
const HEADER = "// Made by `npm run openapi` from the server's schemas. Do not edit.\n\n";

/** The generated files by name. */
export async function generateClient(): Promise<Record<string, string>> {
  const document = openApiDocument();
  const blob = ts.factory.createTypeReferenceNode("Blob");
  const types = await openapiTS(document as unknown as OpenAPI3, {
    transform: (schema) => (schema.format === "binary" ? blob : undefined),
  });
  return {
    "openapi.json": `${JSON.stringify(document, null, 2)}\n`,
    "openapi.d.ts": HEADER + astToString(types),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(await generateClient()))
    await writeFile(new URL(name, FOLDER), text);
}
