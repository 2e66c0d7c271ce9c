/**
 * The lock that keeps a second training out of a run's folder, or a second sweep: a file that says which process
 * holds it.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { AutochromeError } from "../errors.ts";
import { writeError } from "../image/index.ts";
import { type ProcessIdentity, stateOf, thisProcess } from "./process-identity.ts";

const LOCK = "lock";
const POLL_MS = 100;
/** A process that was just killed may need so long to give its memory back. */
const DYING_MS = 3000;
/** Who makes a lock writes into it at once; one that stays empty has lost its maker. */
const WRITING_MS = 500;
const ATTEMPTS = 10;

interface Holder extends ProcessIdentity {
  since: string;
  /** Of the worker thread, 0 in the main one. */
  thread: number;
  token: string;
}

/** Tokens of the locks that this thread holds or is about to. */
const held = new Set<string>();

/** What writes to a folder, and the flag that names another, for messages. */
export interface LockPurpose {
  what: string;
  flag: string;
}

const TRAINING: LockPurpose = { what: "training", flag: "--run" };

export class FolderLock {
  readonly #path: string;
  readonly #text: string;
  readonly #token: string;

  private constructor(path: string, text: string, token: string) {
    this.#path = path;
    this.#text = text;
    this.#token = token;
  }

  /**
   * Takes the lock of a folder. One that a dead process has left is taken over, also where another process
   * has its number by now.
   *
   * @throws AutochromeError when another process holds it, or it cannot be written
   */
  static async take(folder: string, purpose: LockPurpose = TRAINING): Promise<FolderLock> {
    const path = join(folder, LOCK);
    const token = randomBytes(8).toString("hex");
    const holder: Holder = {
      ...(await thisProcess()),
      since: new Date().toISOString(),
      thread: threadId,
      token,
    };
    const text = JSON.stringify(holder);
    held.add(token);
    try {
      await obtain({ folder, path, purpose }, text);
    } catch (error) {
      held.delete(token);
      throw error;
    }
    return new FolderLock(path, text, token);
  }

  /** Gives it back. Where the disk refuses that, it stays as one that nobody holds. */
  async release(): Promise<void> {
    held.delete(this.#token);
    // Someone may have deleted the file, and another training made its own.
    if ((await readText(this.#path)) === this.#text) await rm(this.#path, { force: true }).catch(() => {});
  }
}

interface Wanted {
  folder: string;
  path: string;
  purpose: LockPurpose;
}

async function obtain(wanted: Wanted, text: string): Promise<void> {
  const { folder, path, purpose } = wanted;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await createFile(path, text)) return;
    const found = await readSettled(path);
    if (found === null) continue;
    const other = parse(found);
    if (other !== null && !(await hasEnded(other))) throw lockedError(wanted, other);
    await removeStale(path, found, text);
  }
  throw new AutochromeError(
    `other ${purpose.what}s want ${folder} at this moment: try again, or use another ${purpose.flag}.`,
    { code: "RUN_LOCKED" },
  );
}

/** False where the file is there already. */
async function createFile(path: string, text: string): Promise<boolean> {
  let created = false;
  try {
    const file = await open(path, "wx");
    created = true;
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (created) await rm(path, { force: true }).catch(() => {});
    else if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw writeError(path, error);
  }
}

/** The lock's text once its maker has written it; what is there after a while; null where it is gone. */
async function readSettled(path: string): Promise<string | null> {
  for (let waited = 0; ; waited += POLL_MS) {
    const text = await readText(path);
    if (text === null || parse(text) !== null || waited >= WRITING_MS) return text;
    await setTimeout(POLL_MS);
  }
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}

/** Null for what a process left that died while writing it. */
function parse(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "pid" in value ? (value as Holder) : null;
  } catch {
    return null;
  }
}

/** Waits a little for a process that is about to end. */
async function hasEnded(holder: Holder): Promise<boolean> {
  for (let waited = 0; ; waited += POLL_MS) {
    const state = await stateOfHolder(holder);
    if (state !== "running" || waited >= DYING_MS || holder.pid === process.pid) return state === "ended";
    await setTimeout(POLL_MS);
  }
}

async function stateOfHolder(holder: Holder): Promise<"running" | "ended" | "unknown"> {
  const state = await stateOf(holder);
  const ours = state === "running" && holder.pid === process.pid && holder.thread === threadId;
  // One of this very thread that it does not hold could not be removed when it was given back.
  return ours && !held.has(holder.token) ? "ended" : state;
}

/**
 * Removes the lock that was found stale, and no other: of two processes that find it so, one may have made its own
 * before the other comes to removing. So only the one that has made a second file removes, and looks again first.
 */
async function removeStale(path: string, stale: string, text: string): Promise<void> {
  const guard = `${path}.takeover`;
  if (await createFile(guard, text)) {
    try {
      if ((await readText(path)) === stale) await rm(path, { force: true });
    } catch (error) {
      throw writeError(path, error);
    } finally {
      await rm(guard, { force: true }).catch(() => {});
    }
    return;
  }
  const found = await readSettled(guard);
  if (found === null) return;
  const other = parse(found);
  if (other !== null && (await stateOfHolder(other)) !== "ended") return setTimeout(POLL_MS);
  await rm(guard, { force: true }).catch(() => {});
}

function lockedError({ folder, path, purpose }: Wanted, { pid, host, since }: Holder): AutochromeError {
  return new AutochromeError(
    `another ${purpose.what} (process ${pid} on ${host}${since ? `, since ${since}` : ""}) is writing to ${folder}: ` +
      `wait for it, name another folder with ${purpose.flag}, or delete ${path} if none is running.`,
    { code: "RUN_LOCKED" },
  );
}
