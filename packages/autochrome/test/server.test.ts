import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../src/cli/testing.ts";
import type { PhotoServer } from "../src/server/index.ts";
import { grayPhoto, head, metric, Servers, send, Wire } from "./server-harness.ts";

const servers = new Servers();
const SAMPLE = fileURLToPath(new URL("../../../examples/photos/tulips.jpg", import.meta.url));
let root: string;
let server: PhotoServer;
let photo: Buffer;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-server-"));
  photo = await grayPhoto();
  server = await servers.start({ allowHosts: ["Photos.example"], allowOrigins: ["https://a.example"] });
});
afterAll(async () => {
  await servers.close();
  await rm(root, { recursive: true, force: true });
});

function form(parts: Record<string, string | Blob>, filename = "portrait.jpg"): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(parts)) {
    if (typeof value === "string") data.append(name, value);
    else data.append(name, value, filename);
  }
  return data;
}
const blob = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)], { type: "image/jpeg" });

describe("POST /v1/colorize", () => {
  it("takes a photo as it is and answers with its colours, its name and how it was made", async () => {
    const response = await send(server.url, photo, "?name=Großmutter 1932.jpg");
    expect(response.status).toBe(200);
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      "content-type": "image/jpeg",
      "content-disposition": `attachment; filename="Gro_mutter 1932.color.jpg"; filename*=UTF-8''Gro%C3%9Fmutter%201932.color.jpg`,
      "autochrome-model": "best 1.0.0",
      "autochrome-width": "96",
      "autochrome-height": "64",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(Number(headers["autochrome-milliseconds"])).toBeGreaterThan(0);
    const body = Buffer.from(await response.arrayBuffer());
    expect(body.length).toBe(Number(headers["content-length"]));
    expect(await sharp(body).metadata()).toMatchObject({ format: "jpeg", width: 96, height: 64 });
  });

  it("gives the very bytes that the command line writes", async () => {
    const hints = join(root, "tulips.hints.json");
    await writeFile(hints, '{"version":1,"hints":[{"x":0.6,"y":0.45,"color":"#d02030"}]}');
    const cases = [
      [`?${new URLSearchParams({ hints: await readFile(hints, "utf8") })}`, `--hints ${hints}`],
      ["", ""],
      ["?saturation=1.4&format=png&size=96", "--saturation 1.4 --format png --size 96"],
      ["?format=webp&quality=55&mark=false", "--format webp --quality 55 --no-mark"],
    ] as const;
    for (const [query, flags] of cases) {
      const out = await mkdtemp(join(root, "out-"));
      const words = [
        "colorize",
        SAMPLE,
        "-o",
        out,
        "--threads",
        "1",
        "--json",
        ...flags.split(" ").filter(Boolean),
      ];
      const { code, out: said } = await runCommand(words);
      expect(code).toBe(0);
      const { photos } = JSON.parse(said) as { photos: { output: string }[] };
      const response = await send(server.url, await readFile(SAMPLE), query);
      const answered = Buffer.from(await response.arrayBuffer());
      expect(answered.equals(await readFile(photos[0]!.output)), query).toBe(true);
    }
  });

  it("takes a form with the same options as fields, and names the answer after the file", async () => {
    const response = await fetch(`${server.url}v1/colorize?quality=80`, {
      method: "POST",
      body: form({ saturation: "0", format: "png", image: blob(photo) }, "C:\\scans\\my.old.photo.jpg"),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="my.old.photo.color.png"');
    const { data, info } = await sharp(Buffer.from(await response.arrayBuffer()))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(3);
    for (let i = 0; i < data.length; i += 300) expect(new Set(data.subarray(i, i + 3)).size).toBe(1);
  });

  it("answers a GIF with a PNG, and 16 bit with 16 bit", async () => {
    const gif = await sharp(photo).gif().toBuffer();
    expect((await send(server.url, gif)).headers.get("content-type")).toBe("image/png");
    const deep = await sharp(photo).toColourspace("rgb16").png().toBuffer();
    const answer = Buffer.from(await (await send(server.url, deep)).arrayBuffer());
    expect(await sharp(answer).metadata()).toMatchObject({ format: "png", depth: "ushort" });
  });

  it.each([
    ["?size=15", "size must be a whole number from 16 to 4096, not '15'."],
    ["?size=12.5", "size must be a whole number from 16 to 4096, not '12.5'."],
    ["?size=", "size must be a whole number from 16 to 4096, not ''."],
    ["?size=1e3", "size must be a whole number from 16 to 4096, not '1e3'."],
    ["?saturation=-1", "saturation must be a number from 0 to 10, not '-1'."],
    ["?saturation=NaN", "saturation must be a number from 0 to 10, not 'NaN'."],
    ["?quality=101", "quality must be a whole number from 1 to 100, not '101'."],
    ["?format=bmp", "format must be one of jpeg, png, webp, avif, tiff, not 'bmp'."],
    ["?mark=perhaps", "mark must be true or false, not 'perhaps'."],
    ["?hints=[]", /^these hints cannot be used: the file holds a list\./],
    ['?hints={"version":1,"hints":[{"x":2,"y":0,"color":"%23ffffff"}]}', /hints\[0\]\.x is 2\./],
    ["?model=large", "there is no model 'large'. The models are best."],
    ["?model=__proto__", "there is no model '__proto__'. The models are best."],
    ["?size=64&size=96", "the option 'size' was given twice. Give it once."],
    ["?sise=64", /^there is no option 'sise'\. The options are size, /],
    ["?__proto__=1", /^there is no option '__proto__'\./],
    ["?toString=1", /^there is no option 'toString'\./],
    ["?url=http://example.org/a.jpg", /^there is no option 'url'\./],
  ])("refuses %s", async (query, detail) => {
    const response = await send(server.url, photo, query);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toEqual({
      type: "/docs#bad-option",
      title: "An option is unknown or out of range",
      status: 400,
      code: "bad-option",
      detail: typeof detail === "string" ? detail : expect.stringMatching(detail),
    });
  });

  it("refuses an option that stands both in the address and in the form", async () => {
    const body = form({ size: "64", image: blob(photo) });
    const response = await fetch(`${server.url}v1/colorize?size=96`, { method: "POST", body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      detail: "the option 'size' was given twice. Give it once.",
    });
  });

  it.each([
    [Buffer.alloc(0), "empty-photo"],
    [Buffer.from("Dear diary"), "not-a-photo"],
    [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), "not-a-photo"],
    [Buffer.from("%PDF-1.7\n1 0 obj"), "not-a-photo"],
  ])("refuses %s", async (bytes, code) => {
    const response = await send(server.url, bytes);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code, status: 422 });
  });

  it("refuses a damaged photo, and a size that a format cannot hold", async () => {
    const damaged = await send(server.url, photo.subarray(0, photo.length / 2));
    expect(await damaged.json()).toMatchObject({ status: 422, code: "damaged-photo" });
    const long = await sharp({ create: { width: 17_000, height: 2, channels: 3, background: "#777" } })
      .png()
      .toBuffer();
    const encoded = await send(server.url, long, "?format=webp");
    expect(await encoded.json()).toMatchObject({ status: 422, code: "cannot-encode" });
  });

  it.each(["text/plain", "application/json", "application/x-www-form-urlencoded", "image", "", "video/mp4"])(
    "refuses the content type '%s'",
    async (type) => {
      const wire = new Wire(server.port)
        .send(head({ "Content-Type": type, "Content-Length": 4 }))
        .send("abcd");
      const { status, headers, body } = await wire.reply();
      expect(status).toBe(415);
      expect(headers["accept-post"]).toBe("image/*, application/octet-stream, multipart/form-data");
      expect(JSON.parse(body)).toMatchObject({ code: "unsupported-type" });
      wire.leave();
    },
  );
});

describe("the other addresses", () => {
  it("list the networks", async () => {
    const { models } = (await (await fetch(`${server.url}v1/models`)).json()) as {
      models: Record<string, unknown>[];
    };
    expect(models).toMatchObject([
      { name: "best", version: "1.0.0", default: true, space: "lab", size: 256 },
    ]);
    const list = await readFile(new URL("../../../models/best/SHA256SUMS", import.meta.url), "utf8");
    expect(list).toContain(`${models[0]!.sha256}  generator.onnx`);
  });

  it("tell that it lives and takes photos", async () => {
    for (const path of ["healthz", "readyz"]) expect((await fetch(server.url + path)).status).toBe(200);
  });

  it("tell Prometheus what was done", async () => {
    const before = await metric(server.url, "pixels_total");
    const wrong = await metric(server.url, "problems_total", '{code="bad-option"}');
    await (await send(server.url, photo)).arrayBuffer();
    await (await send(server.url, photo, "?size=1")).text();
    expect((await metric(server.url, "pixels_total")) - before).toBe(96 * 64);
    expect((await metric(server.url, "problems_total", '{code="bad-option"}')) - wrong).toBe(1);
    const labels = '{method="POST",route="/v1/colorize",status="200"}';
    expect(await metric(server.url, "requests_total", labels)).toBeGreaterThan(0);
    expect(await metric(server.url, "under_way")).toBe(0);
    expect(await metric(server.url, "held_bytes")).toBe(0);
    expect(await metric(server.url, "workers_ready")).toBe(1);
    const text = await (await fetch(`${server.url}metrics`)).text();
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    // An address that was made up makes no label of its own.
    await fetch(`${server.url}made/up`);
    expect(await (await fetch(`${server.url}metrics`)).text()).not.toContain("made");
  });

  it.each([
    ["GET", "v1/colorize", 405, "POST"],
    ["PUT", "v1/colorize", 405, "POST"],
    ["POST", "v1/models", 405, "GET, HEAD"],
    ["DELETE", "healthz", 405, "GET, HEAD"],
    ["POST", "metrics", 405, "GET, HEAD"],
    ["GET", "", 404, null],
    ["GET", "v1/nothing", 404, null],
    ["POST", "v1/nothing", 404, null],
    ["GET", "..%2f..%2fetc%2fpasswd", 404, null],
  ])("answer %s /%s with %d", async (method, path, status, allow) => {
    const response = await fetch(server.url + path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get("allow")).toBe(allow);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  it("answer HEAD without a body", async () => {
    const wire = new Wire(server.port).send("HEAD /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await wire.until((received) => received.includes("\r\n\r\n"));
    expect(wire.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(wire.received.split("\r\n\r\n")[1]).toBe("");
    wire.leave();
  });
});

describe("who may ask", () => {
  it.each([
    ["localhost", 200],
    ["localhost:8080", 200],
    ["photos.example", 200],
    ["photos.example:443", 200],
    ["evil.example", 421],
    ["127.0.0.1.evil.example", 421],
    ["a b", 400],
  ])("the Host %s: %d", async (host, status) => {
    const wire = new Wire(server.port).send(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect((await wire.reply()).status).toBe(status);
    wire.leave();
  });

  it("a request without Host is refused", async () => {
    const wire = new Wire(server.port).send("GET /healthz HTTP/1.1\r\n\r\n");
    await wire.until((received) => received.includes("\r\n\r\n"));
    expect(wire.received).toMatch(/^HTTP\/1\.1 400 /);
    wire.leave();
  });

  it("a photo sent by another site's page is refused unread, its own page's and an allowed one's are taken", async () => {
    const foreign = await send(server.url, photo, "", { Origin: "https://evil.example" });
    expect(foreign.status).toBe(403);
    expect(await foreign.json()).toMatchObject({ code: "foreign-origin" });
    expect((await send(server.url, photo, "", { Origin: "null" })).status).toBe(403);
    expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
    expect((await send(server.url, photo, "", { Origin: server.url.slice(0, -1) })).status).toBe(200);
    const allowed = await send(server.url, photo, "", { Origin: "https://a.example" });
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://a.example");
    expect(allowed.headers.get("access-control-expose-headers")).toContain("Autochrome-Model");
    expect(allowed.headers.get("vary")).toContain("Origin");
  });

  it("answers a preflight of an allowed origin alone", async () => {
    const ask = (origin: string) =>
      fetch(`${server.url}v1/colorize`, {
        method: "OPTIONS",
        headers: { Origin: origin, "Access-Control-Request-Method": "POST" },
      });
    const allowed = await ask("https://a.example");
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-methods")).toBe("GET, HEAD, POST");
    expect(allowed.headers.get("access-control-allow-headers")).toBe("Content-Type");
    const foreign = await ask("https://a.example.evil.example");
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get("access-control-allow-methods")).toBeNull();
  });
});

describe("several networks", () => {
  it("are named apart, the first is the default, and each colours its own way", async () => {
    const small = fileURLToPath(new URL("../../../models/small/", import.meta.url));
    const other = join(root, "gray.onnx");
    // The phase-one network where there is one would do as well; what matters is that it is another file.
    await writeFile(other, await readFile(join(small, "generator.onnx")));
    const two = await servers.start({ models: ["small", other] });
    expect(two.models).toEqual(["small", "small-2"]);
    const { models } = (await (await fetch(`${two.url}v1/models`)).json()) as {
      models: Record<string, unknown>[];
    };
    expect(models.map((model) => model.default)).toEqual([true, false]);
    const answers = await Promise.all(["", "?model=small-2"].map((query) => send(two.url, photo, query)));
    expect(answers.map(({ headers }) => headers.get("autochrome-model"))).toEqual([
      "small 0.1.0",
      "small-2 0.1.0",
    ]);
  });

  it("that are missing end the start", async () => {
    await expect(servers.start({ models: ["no-such-network"] })).rejects.toThrow(
      /there is no model 'no-such-network'/,
    );
    const discriminator = fileURLToPath(new URL("../../../models/small/discriminator.onnx", import.meta.url));
    await expect(servers.start({ models: [discriminator] })).rejects.toThrow(/is a discriminator/);
    await writeFile(join(root, "broken.onnx"), "nothing");
    await expect(servers.start({ models: [join(root, "broken.onnx")] })).rejects.toThrow(
      /damaged or not an ONNX file/,
    );
  });
});

it("says once what keeps it from listening", async () => {
  const told: unknown[] = [];
  const settings = { port: server.port, onError: (error: unknown) => told.push(error) };
  await expect(servers.start(settings)).rejects.toThrow(`port ${server.port} is taken`);
  expect(told).toEqual([]);
});

it("loads TensorFlow.js neither in the server nor in its workers", () => {
  for (const module of ["../src/server/index.ts", "../src/server/worker.ts"]) {
    const script = `
      const { createRequire } = await import("node:module");
      process.connected = true;
      await import(${JSON.stringify(new URL(module, import.meta.url).href)});
      const loaded = Object.keys(createRequire(${JSON.stringify(import.meta.url)}).cache);
      console.log(loaded.filter((path) => path.includes("@tensorflow")).length);
      process.exit();`;
    const flags = ["--import", "tsx", "--conditions=development", "--input-type=module", "-e", script];
    expect(spawnSync(process.execPath, flags, { encoding: "utf8" }).stdout).toBe("0\n");
  }
});
