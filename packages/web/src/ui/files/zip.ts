/** A ZIP archive whose files are stored as they are: photos do not shrink further. Format: PKWARE APPNOTE 6.3. */

export interface ZipEntry {
  name: string;
  blob: Blob;
}

const UTF8_NAMES = 0x0800;
const VERSION = 20;
/** Sizes and places are 32-bit without the ZIP64 extension. */
const LARGEST = 0xffffffff;

/**
 * @param date the time that every file carries
 * @throws RangeError when the archive would exceed 4 GB
 */
export async function zip(entries: readonly ZipEntry[], date = new Date()): Promise<Blob> {
  const body: (Blob | Uint8Array<ArrayBuffer>)[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  for (const { name, blob } of entries) {
    const label = new TextEncoder().encode(name);
    const checksum = crc32(new Uint8Array(await blob.arrayBuffer()));
    const common = commonHeader(date, checksum, blob.size, label.length);
    const local = record(30, 0x04034b50, label);
    local.set(common, 4);
    const central = record(46, 0x02014b50, label);
    new DataView(central.buffer).setUint16(4, VERSION, true);
    central.set(common, 6);
    new DataView(central.buffer).setUint32(42, at, true);
    body.push(local, blob);
    directory.push(central);
    at += local.length + blob.size;
    if (at > LARGEST) throw new RangeError("the photos together exceed 4 GB: save them in parts.");
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = record(22, 0x06054b50, new Uint8Array(0));
  const view = new DataView(end.buffer);
  view.setUint16(8, entries.length, true);
  view.setUint16(10, entries.length, true);
  view.setUint32(12, size, true);
  view.setUint32(16, at, true);
  return new Blob([...body, ...directory, end], { type: "application/zip" });
}

function record(size: number, signature: number, label: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size + label.length);
  new DataView(bytes.buffer).setUint32(0, signature, true);
  bytes.set(label, size);
  return bytes;
}

/** The 26 bytes that local header and directory share: version needed to extra length. */
function commonHeader(date: Date, checksum: number, size: number, nameLength: number): Uint8Array {
  const bytes = new Uint8Array(26);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, VERSION, true);
  view.setUint16(2, UTF8_NAMES, true);
  view.setUint16(6, (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1), true);
  view.setUint16(8, ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate(), true);
  view.setUint32(10, checksum, true);
  view.setUint32(14, size, true);
  view.setUint32(18, size, true);
  view.setUint16(22, nameLength, true);
  return bytes;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as ZIP and PNG use it. */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
