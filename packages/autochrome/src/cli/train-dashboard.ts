import { basename, dirname, resolve } from "node:path";
import type { Dashboard } from "../dashboard/index.ts";
import { type Io, oneLine } from "./output.ts";

/** A training in the same process comes first: little is read at once. */
const BUDGET_MS = 20;

/**
 * Serves the live page for a training in this process, with the runs beside its own.
 *
 * @param run the run's folder, which need not be there yet
 * @param port null takes the next that is free
 * @returns null where it cannot listen: a training goes on without its page
 */
export async function serveTraining(run: string, port: number | null, io: Io): Promise<Dashboard | null> {
  const folder = dirname(resolve(run));
  const note = (error: unknown) => io.warn(`${io.paint("yellow", "note:")} ${oneLine(error)}`);
  try {
    const { startDashboard } = await import("../dashboard/index.ts");
    const dashboard = await startDashboard({ folder, port, depth: 1, budgetMs: BUDGET_MS, onError: note });
    const page = `${dashboard.url}?${new URLSearchParams({ run: basename(resolve(run)) })}`;
    io.note(`dashboard: ${io.paint("bold", page)} (ends with the training)`);
    return dashboard;
  } catch (error) {
    note(error);
    return null;
  }
}
