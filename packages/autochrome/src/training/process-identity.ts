/**
 * Which process is meant, beyond its number: systems give the numbers of dead processes to new ones, and in a
 * container the same program tends to get the same one.
 *
 * @module
 */
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

export interface ProcessIdentity {
  pid: number;
  host: string;
  /** Since when the machine has been running, as an id; null where the system does not tell (not Linux). */
  boot: string | null;
  /** Which set of process numbers `pid` belongs to: each container has its own. Null as above. */
  namespace: string | null;
  /** Clock ticks from the machine's start to the process's, which no change of the clock moves. Null as above. */
  started: string | null;
}

export async function thisProcess(): Promise<ProcessIdentity> {
  const [boot, namespace, stat] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => null),
    readlink("/proc/self/ns/pid").catch(() => null),
    readStat(process.pid),
  ]);
  return {
    pid: process.pid,
    host: hostname(),
    boot: boot?.trim() ?? null,
    namespace,
    started: stat?.started ?? null,
  };
}

/** Whether a process still runs; `unknown` where it cannot be looked at from here. */
export async function stateOf(other: ProcessIdentity): Promise<"running" | "ended" | "unknown"> {
  const own = await thisProcess();
  if (own.boot && other.boot) {
    // The same machine, started anew; or another one.
    if (own.boot !== other.boot) return own.host === other.host ? "ended" : "unknown";
    if (own.namespace !== other.namespace) return "unknown";
  } else if (own.host !== other.host) {
    return "unknown";
  }
  if (!hasNumber(other.pid)) return "ended";
  const stat = await readStat(other.pid);
  if (stat === null || !other.started) return "running";
  // Zombies (Z) and processes being taken down (X) do nothing any more.
  return stat.started === other.started && !["Z", "X"].includes(stat.state) ? "running" : "ended";
}

function hasNumber(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, and another user's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** From Linux's /proc/<pid>/stat (proc(5)), null where there is none. */
async function readStat(pid: number): Promise<{ state: string; started: string } | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (text === null) return null;
  // The name, in brackets, may hold brackets and spaces itself.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, started] = [fields[0], fields[19]];
  return state && started ? { state, started } : null;
}
