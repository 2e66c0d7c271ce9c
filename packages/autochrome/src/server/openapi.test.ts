import { readFile } from "node:fs/promises";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { generateClient } from "../../../../scripts/openapi.ts";
import { openApiDocument } from "./openapi.ts";

describe("the OpenAPI document", () => {
  it("is valid", async () => {
    const { valid, errors } = await new Validator().validate(openApiDocument());
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
  });

  it("says of the options what is refused and what is taken", () => {
    const { paths } = openApiDocument() as {
      paths: Record<string, { post: { parameters: { name: string; schema: object }[]; responses: object } }>;
    };
    const { parameters, responses } = paths["/v1/colorize"]!.post;
    const schemas = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]));
    expect(schemas).toMatchObject({
      size: { type: "integer", minimum: 16, maximum: 4096 },
      saturation: { type: "number", minimum: 0, maximum: 10 },
      format: { enum: ["jpeg", "png", "webp", "avif", "tiff"] },
      mark: { type: "boolean" },
    });
    for (const status of ["200", "400", "403", "408", "413", "415", "421", "422", "500", "503", "504"]) {
      expect(responses).toHaveProperty(status);
    }
  });

  it("and the client's types are those in examples/api-client (npm run openapi)", async () => {
    const folder = new URL("../../../../examples/api-client/", import.meta.url);
    for (const [name, text] of Object.entries(await generateClient())) {
      expect(await readFile(new URL(name, folder), "utf8"), name).toBe(text);
    }
  });
});
