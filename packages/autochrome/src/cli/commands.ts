/**
 * The commands. Names and summaries stand here, so that `autochrome --help` loads none of them.
 *
 * @module
 */
import type { Command } from "./command.ts";

export interface CommandEntry {
  name: string;
  summary: string;
  load(): Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "colorize",
    summary: "colour photos with a trained network",
    load: async () => (await import("./colorize.ts")).command,
  },
  {
    name: "queue",
    summary: "hand photos out to workers on many machines, through Redis",
    load: async () => (await import("./queue.ts")).command,
  },
  {
    name: "worker",
    summary: "colour photos of a queue",
    load: async () => (await import("./worker.ts")).command,
  },
  {
    name: "train",
    summary: "train a network on a folder of colour photos",
    load: async () => (await import("./train.ts")).command,
  },
  {
    name: "pack",
    summary: "pack a large collection into tar shards to train on",
    load: async () => (await import("./pack.ts")).command,
  },
  {
    name: "serve",
    summary: "an HTTP API that colours photos, and the page",
    load: async () => (await import("./serve.ts")).command,
  },
  {
    name: "dashboard",
    summary: "watch training runs on a live page",
    load: async () => (await import("./dashboard.ts")).command,
  },
  {
    name: "sweep",
    summary: "try many settings in short runs and compare them",
    load: async () => (await import("./sweep.ts")).command,
  },
  {
    name: "evaluate",
    summary: "measure a network on colour photos",
    load: async () => (await import("./evaluate.ts")).command,
  },
  {
    name: "export",
    summary: "turn a training run into an ONNX network",
    load: async () => (await import("./export.ts")).command,
  },
  {
    name: "info",
    summary: "show what a network file is and how it was made",
    load: async () => (await import("./info.ts")).command,
  },
  {
    name: "doctor",
    summary: "check this machine and this installation",
    load: async () => (await import("./doctor.ts")).command,
  },
];
