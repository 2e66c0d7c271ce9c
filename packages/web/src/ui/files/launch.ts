/**
 * Photos with which the installed page was opened from a file manager.
 *
 * @module
 */

/** https://wicg.github.io/web-app-launch/, so far in Chromium alone and not in TypeScript's own types. */
interface LaunchQueue {
  setConsumer(consumer: (launch: { files?: readonly FileSystemFileHandle[] }) => void): void;
}

/** Calls back with the files of each opening; does nothing where the browser knows none. */
export function watchLaunches(onFiles: (files: File[]) => void): void {
  const { launchQueue } = globalThis as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(async ({ files = [] }) => {
    if (files.length > 0) onFiles(await Promise.all(files.map((file) => file.getFile())));
  });
}
