/** Files that are dropped, with those in dropped folders, in the order of their names. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  // The list of items is emptied when the event ends: everything is taken out of it first.
  const items = Array.from(transfer.items, (item) => ({
    entry: item.webkitGetAsEntry?.() ?? null,
    file: item.kind === "file" ? item.getAsFile() : null,
  }));
  const lists = await Promise.all(
    items.map(({ entry, file }) => (entry?.isDirectory ? filesOf(entry) : file ? [file] : [])),
  );
  return lists.flat();
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) {
    return [
      await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
    ];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    // A browser hands out a folder in batches until one is empty.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) break;
    children.push(...batch);
  }
  children.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  const lists: File[] = [];
  for (const child of children) lists.push(...(await filesOf(child)));
  return lists;
}

/** Files that are pasted; an image copied from elsewhere gets a name. */
export function pastedFiles(transfer: DataTransfer): File[] {
  return Array.from(transfer.files, (file) =>
    file.name === "image.png" || file.name === ""
      ? new File([file], "pasted.png", { type: file.type || "image/png" })
      : file,
  );
}
