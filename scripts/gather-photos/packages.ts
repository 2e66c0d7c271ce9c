import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A package's file as apt would fetch it. */
export interface Offer {
  packageName: string;
  /** What apt has of it: the listed version, or another where that one is gone. */
  version: string;
  fileName: string;
  /** Bytes. */
  size: number;
}

/** Why something cannot be had, in words for the person who asked. */
export class Unavailable extends Error {}

/** @throws Error where this is no Debian or its kin */
export async function requireDebian(): Promise<void> {
  for (const program of ["apt-get", "dpkg-deb"]) {
    await run(program, ["--version"]).catch(() => {
      throw new Error(
        `${program} is missing. The photos come out of Debian's packages: run this on Debian 12 or in a container of it.`,
      );
    });
  }
}

/**
 * What apt has of a package: the version asked for, or the one that it would install.
 *
 * @throws Unavailable
 */
export async function findOffer(packageName: string, version: string): Promise<Offer> {
  const listed = await printUris(`${packageName}=${version}`);
  if (typeof listed !== "string") return { packageName, ...listed };
  const other = await printUris(packageName);
  if (typeof other !== "string") return { packageName, ...other };
  throw new Unavailable(`apt does not know the package (${other}); does \`apt-get update\` help?`);
}

/**
 * Downloads what was offered into a folder, where apt leaves alone a file that is there already, and unpacks it.
 *
 * @throws Unavailable
 */
export async function fetchPackage(offer: Offer, folder: string, unpackInto: string): Promise<void> {
  const name = `${offer.packageName}=${offer.version}`;
  const downloaded = await apt(["--quiet", "download", name], folder);
  if (downloaded.error !== null) {
    throw new Unavailable(`the download failed (${downloaded.error}); does \`apt-get update\` help?`);
  }
  await run("dpkg-deb", ["-x", join(folder, offer.fileName), unpackInto]).catch((error: unknown) => {
    throw new Unavailable(`dpkg-deb could not unpack it (${lastLine(error)})`);
  });
}

/** The line `'address' file size hash` that apt-get prints for a download, or null where it is none. */
export function parseUriLine(line: string): Omit<Offer, "packageName"> | null {
  const match = /^'[^']*' ([^\s/]+_([^\s_/]+)_[^\s_/]+\.deb) (\d+)(?: |$)/.exec(line);
  if (match === null) return null;
  const [, fileName, version, size] = match as unknown as [string, string, string, string];
  // A colon, as in an epoch, is written %3a in names of files.
  return { fileName, version: version.replaceAll(/%3a/gi, ":"), size: Number(size) };
}

/** The offer, or apt's words for why there is none. */
async function printUris(name: string): Promise<Omit<Offer, "packageName"> | string> {
  const { output, error } = await apt(["download", "--print-uris", name]);
  if (error !== null) return error;
  return (
    output
      .split("\n")
      .map(parseUriLine)
      .find((found) => found !== null) ?? "no answer"
  );
}

async function apt(args: string[], cwd?: string): Promise<{ output: string; error: string | null }> {
  const options = ["-o", "Acquire::Retries=3"];
  // Root's apt would hand the download to a user who may not write here, and warn.
  if (process.getuid?.() === 0) options.push("-o", "APT::Sandbox::User=root");
  try {
    const { stdout } = await run("apt-get", [...options, ...args], {
      cwd,
      env: { ...process.env, LC_ALL: "C" },
    });
    return { output: stdout, error: null };
  } catch (error) {
    return { output: "", error: lastLine(error) };
  }
}

function lastLine(error: unknown): string {
  const { stderr = "", message } = error as { stderr?: string; message: string };
  const line = (stderr || message).trim().split("\n").at(-1) ?? "";
  return line.replace(/^E: /, "");
}
