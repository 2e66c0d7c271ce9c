// What a training has found out about its photos, handed on to the next: looking through them takes seconds.
import { copyFile, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";

const FILES = ["scan-train.json", "scan-validation.json"];

/** Gives a run that has not begun what is known. */
export async function borrowScans(shared: string, run: string): Promise<void> {
  await copyAll(shared, run);
}

/** Keeps what a run has found out. */
export async function lendScans(run: string, shared: string): Promise<void> {
  await copyAll(run, shared);
}

async function copyAll(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of FILES) {
    const half = join(to, `${file}.new`);
    // One that is missing is made by the training itself.
    await copyFile(join(from, file), half).then(
      () => rename(half, join(to, file)),
      () => {},
    );
  }
}
