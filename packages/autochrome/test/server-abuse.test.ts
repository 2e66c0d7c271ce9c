import { setTimeout as wait } from "node:timers/promises";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PhotoServer } from "../src/server/index.ts";
import { grayPhoto, head, metric, parseReply, Servers, send, Wire } from "./server-harness.ts";

const servers = new Servers();
const PATIENCE = { timeout: 20_000 };
const MAX_BYTES = 200_000;
let server: PhotoServer;
let photo: Buffer;
beforeAll(async () => {
  photo = await grayPhoto();
  server = await servers.start({
    limits: {
      maxBytes: MAX_BYTES,
      maxPixels: 1_000_000,
      maxRequests: 2,
    },
  });
});
afterAll(() => servers.close());

/** What every test of abuse ends with: nothing is held, and the next photo is coloured. */
async function expectUnharmed(): Promise<void> {
  await expect.poll(() => metric(server.url, "under_way"), PATIENCE).toBe(0);
  expect(await metric(server.url, "held_bytes")).toBe(0);
  expect((await send(server.url, photo)).status).toBe(200);
}

async function refused(wire: Wire, status: number, code: string) {
  const reply = await wire.reply();
  const problem = JSON.parse(reply.body) as { limit?: { name: string; value: number } };
  expect(reply).toMatchObject({ status, headers: { "content-type": "application/problem+json" } });
  expect(problem).toMatchObject({ status, code });
  return { ...reply, problem };
}

describe("too many bytes", () => {
  it("are refused by their declared length before any is sent", async () => {
    const wire = new Wire(server.port).send(head({ "Content-Length": MAX_BYTES + 1 }));
    const { problem } = await refused(wire, 413, "too-many-bytes");
    expect(problem.limit).toEqual({ name: "maxBytes", value: MAX_BYTES, unit: "bytes" });
    wire.leave();
    await expectUnharmed();
  });

  it("are refused as they come where the length is not declared", async () => {
    const wire = new Wire(server.port).send(head({ "Transfer-Encoding": "chunked" }));
    const chunk = Buffer.alloc(50_000, 1);
    for (let i = 0; i < 5; i++)
      wire
        .send(`${chunk.length.toString(16)}\r\n`)
        .send(chunk)
        .send("\r\n");
    await refused(wire, 413, "too-many-bytes");
    wire.leave();
    await expectUnharmed();
  });

  it("are answered even to a client that only reads once it has sent everything", async () => {
    const body = Buffer.alloc(20_000_000, 1);
    const response = await fetch(`${server.url}v1/colorize`, {
      method: "POST",
      body,
      headers: { "Content-Type": "image/png" },
    });
    expect(response.status).toBe(413);
    await expectUnharmed();
  });

  it("end the connection of a client that goes on for ever", async () => {
    const wire = new Wire(server.port).send(head({ "Content-Length": 1e12 }));
    await refused(wire, 413, "too-many-bytes");
    const flood = setInterval(() => wire.socket.writable && wire.send(Buffer.alloc(1000)), 5);
    await wire.end();
    clearInterval(flood);
    await expectUnharmed();
  });
});

describe("slowness", () => {
  let hasty: PhotoServer;
  beforeAll(async () => {
    const limits = { uploadMs: 1200, headerMs: 600, minRate: 2000, keepAliveMs: 500 };
    hasty = await servers.start({ limits });
  });
  const unharmed = async () => {
    await expect.poll(() => metric(hasty.url, "under_way"), PATIENCE).toBe(0);
    expect(await metric(hasty.url, "held_bytes")).toBe(0);
  };

  it("in the header ends with 408", async () => {
    const wire = new Wire(hasty.port).send("POST /v1/colorize HTTP/1.1\r\nHost: localhost\r\n");
    const drip = setInterval(() => wire.socket.writable && wire.send("X-Drip: 1\r\n"), 100);
    await refused(wire, 408, "slow-upload");
    clearInterval(drip);
    await wire.end();
    await unharmed();
  });

  it("in saying anything at all ends the connection", async () => {
    await new Wire(hasty.port).end();
    await unharmed();
  });

  it("in the body ends with 408, below the rate and beyond the time", async () => {
    const slow = new Wire(hasty.port).send(head({ "Content-Length": 100_000 }));
    const drip = setInterval(() => slow.socket.writable && slow.send("x"), 50);
    const { problem } = await refused(slow, 408, "slow-upload");
    expect(problem.limit).toMatchObject({ name: "minRate", value: 2000 });
    clearInterval(drip);
    slow.leave();

    const long = new Wire(hasty.port).send(head({ "Content-Length": 100_000 }));
    const flow = setInterval(() => long.socket.writable && long.send(Buffer.alloc(400)), 50);
    expect((await refused(long, 408, "slow-upload")).problem.limit).toMatchObject({ name: "uploadMs" });
    clearInterval(flow);
    long.leave();
    await unharmed();
  });

  it("between requests ends the connection", async () => {
    const wire = new Wire(hasty.port).send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await wire.reply()).status).toBe(200);
    await wire.end();
  });
});

describe("what is no proper request", () => {
  it.each([
    ["rubbish", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "bad-request"],
    ["a line too many", "GET / HTTP/1.1\nHost\n\n\n", 400, "bad-request"],
    ["two lengths", head({ "Content-Length": "4\r\nContent-Length: 5" }), 400, "bad-request"],
    [
      "a length and chunks",
      head({ "Content-Length": 4, "Transfer-Encoding": "chunked" }),
      400,
      "bad-request",
    ],
    ["a negative length", head({ "Content-Length": -1 }), 400, "bad-request"],
    [
      "a header without end",
      `GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ${"a".repeat(20_000)}`,
      431,
      "header-too-large",
    ],
  ])("%s", async (_, text, status, code) => {
    const wire = new Wire(server.port).send(Buffer.from(text, "latin1"));
    await refused(wire, status, code);
    await wire.end();
    await expectUnharmed();
  });

  it("a body that is longer than declared is cut, and its rest is no request", async () => {
    const wire = new Wire(server.port).send(head({ "Content-Length": 4 })).send("abcdefgh\r\n\r\n");
    await wire.until((received) => received.includes("not-a-photo"));
    await wire.until((received) => received.includes("bad-request") || wire.closed);
    wire.leave();
    await expectUnharmed();
  });

  it("a chunk that is broken", async () => {
    const wire = new Wire(server.port).send(head({ "Transfer-Encoding": "chunked" })).send("zz\r\nabc");
    await wire.end();
    await expectUnharmed();
  });
});

describe("a form", () => {
  const boundary = "----b";
  const type = `multipart/form-data; boundary=${boundary}`;
  const part = (disposition: string, content: string | Buffer, more = "") =>
    Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n`),
      Buffer.from(content),
      Buffer.from("\r\n"),
    ]);
  const end = Buffer.from(`--${boundary}--\r\n`);
  const image = () => part('name="image"; filename="a.jpg"', photo, "Content-Type: image/jpeg\r\n");

  async function post(
    body: Buffer,
    contentType = type,
  ): Promise<{ status: number; code?: string; detail?: string }> {
    const response = await fetch(`${server.url}v1/colorize`, {
      method: "POST",
      body: new Uint8Array(body),
      headers: { "Content-Type": contentType },
    });
    if (response.status === 200) return { status: 200 };
    return (await response.json()) as { status: number; code: string; detail: string };
  }

  it("whose part has a giant header is taken without that header", async () => {
    const fat = part('name="size"', "64", `X-A: ${"a".repeat(50_000)}\r\n`);
    expect(await post(Buffer.concat([fat, image(), end]))).toEqual({ status: 200 });
  });

  it("that is well-formed is taken, in whatever order and with an epilogue", async () => {
    expect(await post(Buffer.concat([part('name="size"', "64"), image(), end]))).toEqual({ status: 200 });
    expect(await post(Buffer.concat([image(), part('name="size"', "64"), end]))).toEqual({ status: 200 });
    expect(
      await post(Buffer.concat([Buffer.from("preamble\r\n"), image(), end, Buffer.from("epilogue")])),
    ).toEqual({
      status: 200,
    });
  });

  it.each<[string, () => Buffer, RegExp, string?]>([
    ["without a boundary", () => Buffer.concat([image(), end]), /no boundary/, "multipart/form-data"],
    [
      "with another boundary",
      () => Buffer.concat([image(), end]),
      /form/,
      "multipart/form-data; boundary=other",
    ],
    ["that is empty", () => Buffer.alloc(0), /ends early/],
    ["that ends in its photo", () => image().subarray(0, 300), /ends early/],
    ["that ends in a header", () => image().subarray(0, 30), /ends early/],
    ["without its end", () => image(), /ends early/],
    ["without a photo", () => Buffer.concat([part('name="size"', "64"), end]), /no file field 'image'/],
    [
      "with the photo under another name",
      () => Buffer.concat([part('name="file"; filename="a.jpg"', photo), end]),
      /'image'/,
    ],
    ["with two photos", () => Buffer.concat([image(), image(), end]), /two photos/],
    [
      "of a thousand fields",
      () =>
        Buffer.concat([...Array.from({ length: 1000 }, (_, i) => part(`name="f${i}"`, "1")), image(), end]),
      /more than 16 fields/,
    ],
    [
      "with a giant field",
      () => Buffer.concat([part('name="size"', "6".repeat(140_000)), image(), end]),
      /longer than/,
    ],
    [
      "of parts without names",
      () => Buffer.concat([Buffer.from(`--${boundary}\r\n\r\nabc\r\n`), end]),
      /no file field/,
    ],
  ])("%s is refused", async (_, body, detail, contentType = type) => {
    const answer = await post(body(), contentType);
    expect(answer).toMatchObject({
      status: 400,
      code: "bad-multipart",
      detail: expect.stringMatching(detail),
    });
    await expectUnharmed();
  });

  it("with an empty photo, an unknown option, or too many bytes is refused as such", async () => {
    const empty = part('name="image"; filename="a.jpg"', "");
    expect(await post(Buffer.concat([empty, end]))).toMatchObject({ status: 422, code: "empty-photo" });
    const odd = Buffer.concat([part('name="__proto__"', "1"), image(), end]);
    expect(await post(odd)).toMatchObject({ status: 400, code: "bad-option" });
    const giant = part('name="image"; filename="a.jpg"', Buffer.alloc(MAX_BYTES + 1));
    expect(await post(Buffer.concat([giant, end]))).toMatchObject({ status: 413, code: "too-many-bytes" });
    await expectUnharmed();
  });
});

describe("Expect: 100-continue", () => {
  it("is honoured once there is room, and refused without it where there is none or the length is too much", async () => {
    const wire = new Wire(server.port).send(head({ "Content-Length": photo.length, Expect: "100-continue" }));
    await wire.until((received) => received.startsWith("HTTP/1.1 100 Continue\r\n\r\n"));
    wire.send(photo);
    await wire.until((received) => received.includes("HTTP/1.1 200 OK"));
    wire.leave();

    const long = new Wire(server.port).send(
      head({ "Content-Length": MAX_BYTES + 1, Expect: "100-continue" }),
    );
    await refused(long, 413, "too-many-bytes");
    await long.end();
    const bad = new Wire(server.port).send(
      head({ "Content-Length": 1, Expect: "100-continue" }, "/v1/colorize?size=1"),
    );
    await refused(bad, 400, "bad-option");
    await bad.end();
    const odd = new Wire(server.port).send(head({ "Content-Length": 1, Expect: "the unexpected" }));
    await refused(odd, 417, "expectation-failed");
    odd.leave();
    await expectUnharmed();
  });
});

describe("bombs", () => {
  /** A PNG that claims a size and holds rows of zeros for as many as are asked for. */
  function png(width: number, height: number, rows: number, extra: Buffer[] = []): Buffer {
    const chunk = (name: string, body: Buffer) => {
      const out = Buffer.alloc(body.length + 12);
      out.writeUInt32BE(body.length, 0);
      out.write(name, 4, "latin1");
      body.copy(out, 8);
      out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length);
      return out;
    };
    const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    const pixels = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * rows || 9), { level: 9 });
    const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
    const named = extra.map((body) => chunk(body.toString("latin1", 0, 4), body.subarray(4)));
    return Buffer.concat([
      signature,
      chunk("IHDR", header),
      ...named,
      chunk("IDAT", pixels),
      chunk("IEND", Buffer.alloc(0)),
    ]);
  }

  /** A GIF of one frame on a canvas that claims to be 60,000 pixels wide and high. */
  async function gif(): Promise<Buffer> {
    const bytes = await sharp(photo).gif().toBuffer();
    bytes.writeUInt16LE(60_000, 6);
    bytes.writeUInt16LE(60_000, 8);
    // Behind the colours and the extensions stands the frame, with a size of its own.
    let at = 13 + 3 * 2 ** ((bytes[10]! & 7) + 1);
    while (bytes[at] === 0x21) {
      at += 2;
      while (bytes[at] !== 0) at += bytes[at]! + 1;
      at++;
    }
    bytes.writeUInt16LE(60_000, at + 5);
    bytes.writeUInt16LE(60_000, at + 7);
    return bytes;
  }

  /** A TIFF of one strip; its tags as [tag, type, count, value]. */
  function tiff(width: number, height: number, bands: number): Buffer {
    const tags = [
      [256, 4, 1, width],
      [257, 4, 1, height],
      [258, 3, 1, 8],
      [259, 3, 1, 8],
      [262, 3, 1, 1],
      [273, 4, 1, 8],
      [277, 3, 1, bands],
      [278, 4, 1, height],
      [279, 4, 1, 0],
    ];
    const strip = deflateSync(Buffer.alloc(Math.min(width * height * bands, 20_000_000)), { level: 9 });
    tags[8]![3] = strip.length;
    const start = 8 + strip.length + (strip.length % 2);
    const out = Buffer.alloc(start + 2 + 12 * tags.length + 4);
    out.write("II*\0", "latin1");
    out.writeUInt32LE(start, 4);
    strip.copy(out, 8);
    out.writeUInt16LE(tags.length, start);
    tags.forEach(([tag, type, count, value], i) => {
      const at = start + 2 + 12 * i;
      out.writeUInt16LE(tag!, at);
      out.writeUInt16LE(type!, at + 2);
      out.writeUInt32LE(count!, at + 4);
      type === 3 ? out.writeUInt16LE(value!, at + 8) : out.writeUInt32LE(value!, at + 8);
    });
    return out;
  }

  const inflated = (name: string, keyword: string, megabytes: number) =>
    Buffer.concat([
      Buffer.from(`${name}${keyword}\0\0`, "latin1"),
      deflateSync(Buffer.alloc(megabytes * 1e6), { level: 9 }),
    ]);

  it.each<[string, () => Buffer | Promise<Buffer>, string]>([
    ["a PNG of 30,000 x 30,000 in 110 kB", () => png(30_000, 30_000, 30_000), "too-many-pixels"],
    [
      "a PNG that claims 2^31 - 1 in both directions",
      () => png(2 ** 31 - 1, 2 ** 31 - 1, 0),
      "damaged-photo",
    ],
    ["a GIF of 60,000 x 60,000", gif, "too-many-pixels"],
    ["a TIFF of 100,000 x 100,000", () => tiff(100_000, 100_000, 1), "too-many-pixels"],
    ["a TIFF of 900 x 900 with 20,000 bands", () => tiff(900, 900, 20_000), "damaged-photo"],
  ])("%s is refused", async (_, make, code) => {
    const bytes = await make();
    expect(bytes.length).toBeLessThan(MAX_BYTES);
    const before = await metric(server.url, "workers_resident_memory_bytes");
    const response = await send(server.url, bytes);
    expect(await response.json()).toMatchObject({ status: 422, code });
    const after = await metric(server.url, "workers_resident_memory_bytes");
    expect(after - before).toBeLessThan(150e6);
    await expectUnharmed();
  });

  it.each<[string, () => Buffer]>([
    ["a profile of 80 MB", () => png(64, 64, 64, [inflated("iCCP", "icc", 80)])],
    ["a text of 80 MB", () => png(64, 64, 64, [inflated("zTXt", "Raw profile type exif", 80)])],
    [
      "an XMP packet of 80 MB",
      () =>
        png(64, 64, 64, [
          Buffer.concat([
            Buffer.from("iTXtXML:com.adobe.xmp\0\x01\0\0\0", "latin1"),
            deflateSync(Buffer.alloc(80e6), { level: 9 }),
          ]),
        ]),
    ],
  ])("%s in a small photo is answered within bounds", async (_, make) => {
    const bytes = make();
    expect(bytes.length).toBeLessThan(MAX_BYTES);
    const response = await send(server.url, bytes);
    expect([200, 422]).toContain(response.status);
    await response.arrayBuffer();
    expect(await metric(server.url, "workers_resident_memory_bytes")).toBeLessThan(800e6);
    await expectUnharmed();
  });

  it("EXIF that points at itself is passed by", async () => {
    // Main directory of one entry, an Exif pointer to itself, and the next directory again the first.
    const exif = Buffer.alloc(26);
    exif.write("II*\0", "latin1");
    exif.writeUInt32LE(8, 4);
    exif.writeUInt16LE(1, 8);
    exif.writeUInt16LE(0x8769, 10);
    exif.writeUInt16LE(4, 12);
    exif.writeUInt32LE(1, 14);
    exif.writeUInt32LE(8, 18);
    exif.writeUInt32LE(8, 22);
    const segment = Buffer.concat([
      Buffer.from([0xff, 0xe1, 0, exif.length + 8]),
      Buffer.from("Exif\0\0", "latin1"),
      exif,
    ]);
    const bytes = Buffer.concat([photo.subarray(0, 2), segment, photo.subarray(2)]);
    expect((await send(server.url, bytes)).status).toBe(200);
  });
});

describe("who goes away", () => {
  it("in the midst of sending is forgotten", async () => {
    const wire = new Wire(server.port)
      .send(head({ "Content-Length": photo.length }))
      .send(photo.subarray(0, 100));
    await expect.poll(() => metric(server.url, "under_way"), PATIENCE).toBe(1);
    wire.leave();
    await expectUnharmed();
    expect(
      await metric(server.url, "requests_total", '{method="POST",route="/v1/colorize",status="499"}'),
    ).toBeGreaterThan(0);
  });

  it("while waiting or being coloured makes room for others", async () => {
    const [pid] = server.workerPids();
    process.kill(pid!, "SIGSTOP");
    const wires = [0, 1].map(() =>
      new Wire(server.port).send(head({ "Content-Length": photo.length })).send(photo),
    );
    await expect.poll(() => metric(server.url, "queue_depth"), PATIENCE).toBe(1);
    const full = await send(server.url, photo);
    expect(full.status).toBe(503);
    expect(Number(full.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await full.json()).toMatchObject({ code: "queue-full", limit: { name: "maxRequests", value: 2 } });
    for (const wire of wires) wire.leave();
    await expect.poll(() => metric(server.url, "under_way"), PATIENCE).toBe(0);
    expect(await metric(server.url, "queue_depth")).toBe(0);
    process.kill(pid!, "SIGCONT");
    await expectUnharmed();
    expect(server.workerPids()).toEqual([pid]);
  });
});

it("answers requests that come in one go, in their order", async () => {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const wire = new Wire(server.port);
  wire.send(
    Buffer.concat([
      Buffer.from(head({ "Content-Length": photo.length })),
      photo,
      Buffer.from(get("/healthz") + get("/none")),
    ]),
  );
  await wire.until((received) => received.includes("not-found"));
  const order = [...wire.received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  expect(order).toEqual(["200", "200", "404"]);
  expect(parseReply(wire.received).headers["content-type"]).toBe("image/jpeg");
  wire.leave();
  await expectUnharmed();
});

it("holds no more bytes than it may, whether they are declared or not", async () => {
  const small = await servers.start({ limits: { maxHeldBytes: 150_000, uploadMs: 20_000 } });
  const first = new Wire(small.port).send(head({ "Content-Length": 100_000 }));
  await expect.poll(() => metric(small.url, "held_bytes"), PATIENCE).toBe(100_000);
  const declared = await send(small.url, Buffer.alloc(60_000));
  expect(declared.status).toBe(503);
  expect(await declared.json()).toMatchObject({ code: "memory-full", limit: { name: "maxHeldBytes" } });
  const chunked = new Wire(small.port).send(head({ "Transfer-Encoding": "chunked" }));
  chunked.send(`${(60_000).toString(16)}\r\n`).send(Buffer.alloc(60_000));
  expect(JSON.parse((await chunked.reply()).body)).toMatchObject({ code: "memory-full" });
  first.leave();
  chunked.leave();
  await expect.poll(() => metric(small.url, "held_bytes"), PATIENCE).toBe(0);
  expect((await send(small.url, photo)).status).toBe(200);
});

it("closes connections beyond their number", async () => {
  const small = await servers.start({ limits: { maxConnections: 3 } });
  const wires = Array.from({ length: 3 }, () => new Wire(small.port));
  await wait(100);
  await new Wire(small.port).end();
  for (const wire of wires) wire.leave();
  await expect
    .poll(() => metric(small.url, "connections_refused_total").catch(() => 0))
    .toBeGreaterThanOrEqual(1);
});
