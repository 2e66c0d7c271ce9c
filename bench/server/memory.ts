import { execFileSync } from "node:child_process";

export interface MemorySample {
  seconds: number;
  /** Resident megabytes of the server. */
  parent: number;
  /** And of its workers together. */
  workers: number;
}

/** Looks at a process and its children once a second, until it is stopped. */
export function watchMemory(pid: number): () => MemorySample[] {
  const samples: MemorySample[] = [];
  const started = performance.now();
  const look = () => {
    const table = execFileSync("ps", ["-eo", "pid=,ppid=,rss="], { encoding: "utf8" });
    const rows = table
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number));
    const megabytes = (chosen: number[][]) =>
      chosen.reduce((sum, [, , kilobytes]) => sum + kilobytes! / 1024, 0);
    samples.push({
      seconds: (performance.now() - started) / 1000,
      parent: megabytes(rows.filter(([id]) => id === pid)),
      workers: megabytes(rows.filter(([, parent]) => parent === pid)),
    });
  };
  const timer = setInterval(look, 1000);
  return () => {
    clearInterval(timer);
    return samples;
  };
}

/** Means of the first and the last third. */
export function thirds(samples: readonly MemorySample[], part: "parent" | "workers"): [number, number] {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const mean = (rows: readonly MemorySample[]) => rows.reduce((sum, row) => sum + row[part], 0) / rows.length;
  return [mean(samples.slice(0, third)), mean(samples.slice(-third))];
}
