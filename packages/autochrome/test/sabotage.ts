/**
 * Loaded into a training before anything else (`node --import`): kills the process at a given file operation
 * inside a folder, and moves the system's clock.
 *
 * @module
 */
import fs, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

export interface Sabotage {
  /** Dies at the nth call of this operation on something inside `folder`; a write dies half-done. */
  kill?: { operation: Operation; nth: number; folder: string };
  /** Milliseconds that the system's clock is wrong by, and by how much more at each look at it. */
  clock?: { off: number; drift: number };
}

export const OPERATIONS = ["open", "writeFile", "sync", "rename", "rm", "mkdir", "appendFile"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** The environment variable that says what to do, as JSON. */
export const VARIABLE = "AUTOCHROME_TEST_SABOTAGE";

type Call = (...args: unknown[]) => Promise<unknown>;

function killAt({ operation, nth, folder }: NonNullable<Sabotage["kill"]>): void {
  let calls = 0;
  const isDue = (path: unknown) => String(path).startsWith(folder) && ++calls === nth;
  const die = () => process.kill(process.pid, "SIGKILL");

  const ofHandle = operation === "writeFile" || operation === "sync";
  const open = fs.open.bind(fs);
  const functions = fs as unknown as Record<string, Call>;
  if (ofHandle) {
    functions.open = async (...args) => {
      const handle = await open(...(args as Parameters<typeof open>));
      const methods = handle as unknown as Record<string, Call>;
      const real = methods[operation]!.bind(handle);
      methods[operation] = async (data) => {
        if (isDue(args[0])) {
          if (operation === "writeFile") await writeHalf(handle, data as Uint8Array | string);
          die();
        }
        return real(data);
      };
      return handle;
    };
  } else {
    const real = functions[operation]!.bind(fs);
    functions[operation] = async (...args) => {
      if (isDue(args[0])) {
        if (operation === "appendFile")
          await real(args[0], String(args[1]).slice(0, String(args[1]).length / 2));
        die();
      }
      return real(...args);
    };
  }
  syncBuiltinESMExports();
}

async function writeHalf(handle: FileHandle, data: Uint8Array | string): Promise<void> {
  const bytes = Buffer.from(data as Uint8Array);
  await handle.write(bytes.subarray(0, bytes.length >> 1));
}

function moveClock({ off, drift }: NonNullable<Sabotage["clock"]>): void {
  const RealDate = Date;
  let wrong = off;
  const now = () => {
    wrong += drift;
    return RealDate.now() + wrong;
  };
  globalThis.Date = class extends RealDate {
    constructor(...args: [] | [number]) {
      super(...(args.length === 0 ? ([now()] as const) : args));
    }
    static override now = now;
  } as DateConstructor;
}

const plan = JSON.parse(process.env[VARIABLE] ?? "{}") as Sabotage;
if (plan.kill) killAt(plan.kill);
if (plan.clock) moveClock(plan.clock);
