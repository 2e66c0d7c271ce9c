import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Removes temporary files that attempts at this job have left whose workers died. */
export async function removeLeftovers(output: string, tag: string): Promise<void> {
  const folder = dirname(output);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (name.startsWith(".") && name.includes(`.${tag}.`) && name.endsWith(".tmp")) {
      await rm(join(folder, name), { force: true });
    }
  }
}
