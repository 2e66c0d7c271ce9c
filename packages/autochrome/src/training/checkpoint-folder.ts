/**
 * Checkpoints as folders: replaced whole, linked and renamed, so that a process that dies leaves the old or the new.
 *
 * @module
 */
import { copyFile, link, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CheckpointName } from "./run-state.ts";
import { diskError } from "./safetensors.ts";

/**
 * Gives a checkpoint another name beside its own. Files of a checkpoint are never written to again, so links do
 * where the file system has them.
 */
export async function linkCheckpoint(run: string, from: CheckpointName, to: CheckpointName): Promise<void> {
  const [source, target] = [join(run, "checkpoints", from), join(run, "checkpoints", to)];
  const temporary = `${target}.tmp`;
  try {
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    for (const file of await readdir(source)) {
      await link(join(source, file), join(temporary, file)).catch(() =>
        copyFile(join(source, file), join(temporary, file)),
      );
    }
    await syncFolder(temporary);
    await replaceFolder(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw diskError(target, error);
  }
}

/** Gives a checkpoint the name of another, which it replaces. */
export async function renameCheckpoint(run: string, from: CheckpointName, to: CheckpointName): Promise<void> {
  const target = join(run, "checkpoints", to);
  try {
    await replaceFolder(join(run, "checkpoints", from), target);
  } catch (error) {
    throw diskError(target, error);
  }
}

/** Puts a folder in the place of another, which stays until then. */
export async function replaceFolder(source: string, target: string): Promise<void> {
  const previous = `${target}.old`;
  // Renaming a folder over another is refused, so the old one steps aside; `repairFolder` knows of it.
  if (await exists(target)) {
    await rm(previous, { recursive: true, force: true });
    await rename(target, previous);
  }
  await rename(source, target);
  await syncFolder(dirname(target));
  await rm(previous, { recursive: true, force: true });
}

/** Brings the previous checkpoint back where a process died between the two renames. */
export async function repairFolder(target: string): Promise<void> {
  const previous = `${target}.old`;
  if (!(await exists(target)) && (await exists(previous))) await rename(previous, target);
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

export async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes renames durable; some systems (Windows) cannot open a folder, and need not. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => null);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
