import { AutochromeError } from "autochrome/browser";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { EngineClient, Look, PhotoId } from "../../engine/protocol.ts";
import type { Photo } from "../state/index.ts";
import { Session } from "./session.ts";

const bitmap = () => ({ width: 40, height: 30, close() {} }) as ImageBitmap;
const file = (name: string, text = "") => new File([text], name);

/** An engine that answers at once, unless a test has it wait or fail, and keeps what it was asked. */
function fakeEngine() {
  const asked: string[] = [];
  const fail = new Map<string, Error>();
  const waits: (() => void)[] = [];
  const control = { asked, fail, waits, held: false, looks: [] as Look[] };
  async function answer<T>(call: string, value: T): Promise<T> {
    asked.push(call);
    if (control.held && call.startsWith("preview")) await new Promise<void>((resolve) => waits.push(resolve));
    const error = fail.get(call);
    fail.delete(call);
    if (error) throw error;
    return value;
  }
  const readiness = { runtime: { kind: "wasm", threads: 1, note: null }, network: {}, networks: [] };
  const engine = {
    load: () => answer("load", readiness),
    restart: () => answer("restart", readiness),
    open: (id: PhotoId) => answer(`open ${id}`, { width: 400, height: 300, format: "jpeg", gray: bitmap() }),
    predict: (id: PhotoId) => answer(`predict ${id}`, undefined),
    preview: (id: PhotoId, look: Look) => {
      control.looks.push(look);
      return answer(`preview ${id}`, bitmap());
    },
    paint: (id: PhotoId) => answer(`paint ${id}`, bitmap()),
    suggest: (id: PhotoId) => answer(`suggest ${id}`, []),
    close: (id: PhotoId) => answer(`close ${id}`, undefined),
  };
  return { control, engine: engine as unknown as EngineClient };
}

function start() {
  const { control, engine } = fakeEngine();
  const session = new Session(() => engine);
  const photo = (name: string): Photo => session.store.get().photos.find((one) => one.file.name === name)!;
  const done = (name: string) => vi.waitFor(() => expect(photo(name).status).toBe("done"));
  return { session, control, photo, done };
}

beforeEach(() => {
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("createImageBitmap", async () => bitmap());
});
afterEach(() => vi.unstubAllGlobals());

test("photos are coloured one after another, the one looked at first", async () => {
  const { session, control, photo, done } = start();
  void session.add([file("a.jpg"), file("b.jpg"), file("c.jpg")]);
  session.select(photo("c.jpg").id);
  await done("b.jpg");
  const opened = control.asked.filter((call) => call.startsWith("open"));
  expect(opened).toEqual([3, 1, 2].map((id) => `open ${id}`));
  expect(control.asked.indexOf("preview 3")).toBeLessThan(control.asked.indexOf("open 1"));
});

test("a bad file is named with its reason, and the next one is coloured", async () => {
  const { session, control, photo, done } = start();
  control.fail.set("open 1", new AutochromeError("this file is cut short.", { code: "CORRUPT" }));
  await session.add([file("a.jpg"), file("b.jpg")]);
  await done("b.jpg");
  expect(photo("a.jpg")).toMatchObject({ status: "failed", error: "This file is cut short." });
  session.retry(photo("a.jpg").id);
  await done("a.jpg");
});

test("what is no photo is named, and leaves the photos alone", async () => {
  const { session, done } = start();
  await session.add([file("notes.txt"), file("a.jpg")]);
  await done("a.jpg");
  expect(session.store.get().photos).toHaveLength(1);
  expect(session.store.get().notices[0]!.text).toContain("notes.txt is not a photo");
});

test("a slider moved while a preview is painted: the last value follows, those between do not", async () => {
  const { session, control, photo, done } = start();
  await session.add([file("a.jpg")]);
  await done("a.jpg");
  control.held = true;
  control.looks.length = 0;
  for (const saturation of [1.1, 1.2, 1.3, 1.4]) session.setSaturation(1, saturation);
  await vi.waitFor(() => expect(control.waits).toHaveLength(1));
  control.held = false;
  control.waits[0]!();
  await vi.waitFor(() => expect(photo("a.jpg").colorKey).toBe("[1.4,[]]"));
  expect(control.looks.map(({ saturation }) => saturation)).toEqual([1.1, 1.4]);
});

test("after a crash the worker is started again and the queue goes on", async () => {
  const { session, control, photo, done } = start();
  control.fail.set("predict 1", new AutochromeError("the engine crashed.", { code: "CRASHED" }));
  await session.add([file("a.jpg"), file("b.jpg")]);
  await done("b.jpg");
  expect(photo("a.jpg").error).toBe("The engine crashed.");
  expect(control.asked.filter((call) => call === "restart")).toHaveLength(1);
  expect(control.asked.indexOf("restart")).toBeLessThan(control.asked.indexOf("open 2"));
});

test("a network that could not be fetched is fetched again with the photo that waited for it", async () => {
  const { control, engine } = fakeEngine();
  control.fail.set("load", new AutochromeError("there is no connection.", { code: "OFFLINE" }));
  const session = new Session(() => engine);
  await session.add([file("a.jpg")]);
  await vi.waitFor(() => expect(session.store.get().photos[0]!.status).toBe("failed"));
  expect(session.store.get().engine).toEqual({ phase: "failed", error: "There is no connection." });
  session.retry(1);
  await vi.waitFor(() => expect(session.store.get().photos[0]!.status).toBe("done"));
});

test("hints find their photo by name, undo takes them back; wrong ones say what is wrong", async () => {
  const { session, photo, done } = start();
  const hint = { x: 0.5, y: 0.25, color: "#3a6ea5" };
  const json = JSON.stringify({ version: 1, hints: [hint] });
  await session.add([file("a.jpg"), file("b.jpg")]);
  await done("b.jpg");
  await session.add([file("b.hints.json", json)]);
  expect(photo("b.jpg").hints).toMatchObject({ past: [[]], present: [hint] });
  expect(photo("a.jpg").hints.present).toEqual([]);
  await session.add([file("b.hints.json", '{"version":1,"hints":[{"x":2}]}')]);
  expect(session.store.get().notices.at(-1)!.text).toContain("hints[0].x is 2");
});

test("of many photos the last previews are kept; others are painted again when they are looked at", async () => {
  const { session, control, photo, done } = start();
  const names = Array.from({ length: 14 }, (_, index) => `${index}.jpg`);
  await session.add(names.map((name) => file(name)));
  await done("13.jpg");
  await vi.waitFor(() => {
    const shown = session.store.get().photos.filter(({ color }) => color !== null);
    expect(shown).toHaveLength(12);
  });
  expect(photo("0.jpg").color).not.toBe(null);
  const released = photo("1.jpg");
  expect(released).toMatchObject({ status: "done", color: null, gray: null });
  control.looks.length = 0;
  session.select(released.id);
  await vi.waitFor(() => expect(photo("1.jpg").color).not.toBe(null));
  expect(control.looks.map(({ saturation }) => saturation)).toEqual([0, 1]);
});
