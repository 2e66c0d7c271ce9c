// Colours a photo through a server that runs: npx tsx colorize.ts portrait.jpg [http://127.0.0.1:8080]
import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import createClient from "openapi-fetch";
import type { paths } from "./openapi.d.ts";

/** Sends a photo; every option, status and field of a problem is typed by the server's own description. */
export async function colorize(
  path: string,
  baseUrl: string,
): Promise<{ photo: Blob; model: string | null }> {
  const client = createClient<paths>({ baseUrl });
  const { data, error, response } = await client.POST("/v1/colorize", {
    params: { query: { saturation: 1.2, format: "png", name: basename(path) } },
    headers: { "Content-Type": "application/octet-stream" },
    body: await openAsBlob(path),
    bodySerializer: (photo) => photo,
    parseAs: "blob",
  });
  if (error) {
    const limit = error.limit ? ` (limit: ${error.limit.value} ${error.limit.unit})` : "";
    throw new Error(`${error.code}: ${error.detail}${limit}`);
  }
  return { photo: data, model: response.headers.get("Autochrome-Model") };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, baseUrl = "http://127.0.0.1:8080"] = process.argv.slice(2);
  if (path === undefined) throw new Error("name a photo: npx tsx colorize.ts portrait.jpg");
  const { photo, model } = await colorize(path, baseUrl);
  await writeFile("colour.png", photo.stream());
  console.log(`colour.png, by ${model}`);
}
