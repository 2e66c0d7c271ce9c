/**
 * The API's description (OpenAPI 3.1), made of the same schemas that check its requests.
 *
 * @module
 */
import { z } from "zod";
import { LIMIT_NAMES } from "./limits.ts";
import { FILE_FIELD } from "./multipart.ts";
import { optionsSchema } from "./options.ts";
import { PROBLEMS, type ProblemCode } from "./problems.ts";

/** Of the API, not of the package. */
const API_VERSION = "1.0.0";

const modelsSchema = z.object({
  models: z.array(
    z.object({
      name: z.string().describe("What the option `model` takes"),
      version: z.string(),
      default: z.boolean().describe("Whether it is used where none is named"),
      space: z
        .enum(["lab", "rgb"])
        .nullable()
        .describe("What it predicts; null for a network that is not Autochrome's"),
      size: z.int().nullable().describe("Short side in pixels that it sees unless `size` says otherwise"),
      bytes: z.int(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      card: z.record(z.string(), z.unknown()).describe("What its maker says about it"),
    }),
  ),
});

export type ModelsAnswer = z.infer<typeof modelsSchema>;

const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

const problemSchema = z.object({
  type: z.string().describe("Where the problem is explained"),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().describe("What is wrong with this request, and what to do about it"),
  code: z.enum(codes),
  limit: z
    .object({
      name: z.enum(LIMIT_NAMES as [string, ...string[]]),
      value: z.number(),
      unit: z.enum(["bytes", "pixels", "milliseconds", "count", "bytes a second"]),
    })
    .optional()
    .describe("The limit that was hit"),
});

/** A schema without what only stands at a document's top. */
function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest as Record<string, unknown>;
}

/** A document as `GET /openapi.json` answers it. */
export function openApiDocument(): Record<string, unknown> {
  return {
    openapi: "3.1.0",
    info: {
      title: "Autochrome",
      version: API_VERSION,
      description:
        "Colours black-and-white photographs. A photo goes in, the same photo in colour comes out.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "This server" }],
    tags: [{ name: "photos" }, { name: "operation" }],
    paths: {
      "/v1/colorize": { post: colorizeOperation() },
      "/v1/models": {
        get: {
          operationId: "listModels",
          tags: ["photos"],
          summary: "The networks that photos can be coloured with",
          responses: { 200: json("The networks, the default first", "Models"), ...problems("foreign-host") },
        },
      },
      "/healthz": { get: plain("isAlive", "Whether the process lives", ["200"]) },
      "/readyz": { get: plain("isReady", "Whether photos are taken", ["200", "503"]) },
      "/metrics": { get: plain("metrics", "What was done, for Prometheus", ["200"]) },
      "/openapi.json": {
        get: {
          operationId: "describe",
          tags: ["operation"],
          summary: "This document",
          responses: {
            200: {
              description: "OpenAPI 3.1",
              content: { "application/json": { schema: { type: "object" } } },
            },
          },
        },
      },
    },
    components: {
      schemas: {
        Options: schemaOf(optionsSchema),
        Models: schemaOf(modelsSchema),
        Problem: schemaOf(problemSchema),
      },
    },
  };
}

function colorizeOperation(): Record<string, unknown> {
  const options = schemaOf(optionsSchema) as { properties: Record<string, Record<string, unknown>> };
  const parameters = Object.entries(options.properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    description,
    required: false,
    schema,
  }));
  const binary = { type: "string", format: "binary" };
  const header = (type: string, description: string) => ({ description, schema: { type } });
  return {
    operationId: "colorize",
    tags: ["photos"],
    summary: "Colours one photo",
    description:
      "The photo is the body, or the field `image` of a form, whose other fields are options as well. The answer " +
      "keeps size, orientation, alpha, bit depth and EXIF.",
    parameters,
    requestBody: {
      required: true,
      content: {
        "image/*": { schema: binary },
        "application/octet-stream": { schema: binary },
        "multipart/form-data": {
          schema: {
            type: "object",
            required: [FILE_FIELD],
            properties: { [FILE_FIELD]: { ...binary, description: "The photo" }, ...options.properties },
          },
        },
      },
    },
    responses: {
      200: {
        description: "The photo in colour, in its own format unless another was asked for",
        headers: {
          "Content-Disposition": header("string", "`<name>.color.<ext>`"),
          "Autochrome-Model": header("string", "Name and version of the network"),
          "Autochrome-Width": header("integer", "Pixels across"),
          "Autochrome-Height": header("integer", "Pixels down"),
          "Autochrome-Milliseconds": header("integer", "From the request to the answer"),
          "Server-Timing": header("string", "Waiting for a worker, and the work"),
        },
        content: Object.fromEntries(
          ["jpeg", "png", "webp", "avif", "tiff"].map((format) => [`image/${format}`, { schema: binary }]),
        ),
      },
      ...problems(...codes.filter((code) => !NOT_OF_COLORIZE.has(code))),
    },
  };
}

const NOT_OF_COLORIZE: ReadonlySet<ProblemCode> = new Set(["not-found", "method-not-allowed"]);

/** Answers of problems by status, each with the codes that it may have. */
function problems(...chosen: ProblemCode[]): Record<string, unknown> {
  const answers: Record<string, { description: string } & Record<string, unknown>> = {};
  for (const code of chosen) {
    const [status, title] = PROBLEMS[code];
    const line = `${code}: ${title}`;
    const before = answers[status];
    answers[status] = {
      description: before ? `${before.description}; ${line}` : line,
      ...(status === 503 && {
        headers: {
          "Retry-After": { description: "Seconds after which to ask again", schema: { type: "integer" } },
        },
      }),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    };
  }
  return answers;
}

function json(description: string, schema: string): Record<string, unknown> {
  return {
    description,
    content: { "application/json": { schema: { $ref: `#/components/schemas/${schema}` } } },
  };
}

function plain(operationId: string, summary: string, statuses: readonly string[]): Record<string, unknown> {
  const words: Readonly<Record<string, string>> = { 200: "Yes", 503: "No" };
  const answer = (status: string) => ({
    description: words[status],
    content: { "text/plain": { schema: { type: "string" } } },
  });
  const responses = Object.fromEntries(statuses.map((status) => [status, answer(status)]));
  return { operationId, tags: ["operation"], summary, responses };
}
