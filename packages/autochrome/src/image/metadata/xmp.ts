/** IPTC's vocabulary term for a photo that an algorithm changed without making it up. */
export const DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced";

const IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/** Longer than any editor writes; beyond it a packet is taken for damaged. */
const MAX_XMP_BYTES = 16 << 20;

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What the mark says anew. */
const MARKED = ["Iptc4xmpExt:DigitalSourceType", "Iptc4xmpExt:AISystemUsed"];

/**
 * What no longer holds once the file is rewritten: its pixels are upright, and what phones and cameras append
 * to a JPEG (the rest of a long packet, a film of the moment, a map of highlights) is left behind.
 */
const OUTDATED = [
  "xmpNote:HasExtendedXMP",
  "tiff:Orientation",
  "GCamera:MotionPhoto",
  "GCamera:MotionPhotoVersion",
  "GCamera:MotionPhotoPresentationTimestampUs",
  "GCamera:MicroVideo",
  "GCamera:MicroVideoVersion",
  "GCamera:MicroVideoOffset",
  "GCamera:MicroVideoPresentationTimestampUs",
  "Container:Directory",
  "hdrgm:Version",
];

function withoutAttribute(xmp: string, name: string): string {
  return xmp.replace(new RegExp(`\\s${name}\\s*=\\s*("[^"]*"|'[^']*')`, "g"), "");
}

/** Searches forwards alone, so that no packet, however damaged, takes more than linear time. */
function withoutElement(xmp: string, name: string): string {
  const [opening, closing] = [`<${name}`, `</${name}>`];
  const kept: string[] = [];
  let from = 0;
  let open = xmp.indexOf(opening);
  while (open >= 0) {
    let end = open + opening.length;
    // Not the beginning of a longer name.
    if (/[\s/>]/.test(xmp[end] ?? "")) {
      const tagEnd = xmp.indexOf(">", end);
      if (tagEnd < 0) break;
      const close = xmp[tagEnd - 1] === "/" ? tagEnd : xmp.indexOf(closing, tagEnd);
      if (close < 0) break;
      end = close === tagEnd ? tagEnd + 1 : close + closing.length;
      kept.push(xmp.slice(from, open));
      from = end;
    }
    open = xmp.indexOf(opening, end);
  }
  return kept.join("") + xmp.slice(from);
}

function withoutProperty(xmp: string, name: string): string {
  return withoutElement(withoutAttribute(xmp, name), name);
}

function description(about: string, model: string): string {
  return (
    `<rdf:Description rdf:about="${about}" xmlns:rdf="${RDF}" xmlns:Iptc4xmpExt="${IPTC_EXTENSION}">` +
    `<Iptc4xmpExt:DigitalSourceType>${DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>` +
    `<Iptc4xmpExt:AISystemUsed>${escapeXml(model)}</Iptc4xmpExt:AISystemUsed>` +
    "</rdf:Description>"
  );
}

function packet(descriptions: string): string {
  return (
    '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>' +
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${RDF}">${descriptions}</rdf:RDF></x:xmpmeta>` +
    '<?xpacket end="w"?>'
  );
}

/**
 * The XMP packet of a rewritten photo: the packet it had, without the orientation (its pixels are upright
 * now), and, where `mark` is given, with the IPTC digital source type `algorithmicallyEnhanced` and the
 * name of the AI system (IPTC Photo Metadata Standard 2025.1). A packet that is not RDF is replaced.
 *
 * @param limit the most bytes that the file format takes; a longer packet is dropped for the mark alone
 * @returns null when there is nothing to say
 */
export function outgoingXmp(
  existing: Uint8Array | null,
  mark: { model: string } | null,
  limit = Number.POSITIVE_INFINITY,
): string | null {
  const fresh = mark ? packet(description("", mark.model)) : null;
  const text = existing && existing.length <= MAX_XMP_BYTES ? UTF8.decode(existing) : "";
  const end = text.lastIndexOf("</rdf:RDF>");
  if (end < 0) return fresh;
  const replaced = mark ? [...MARKED, ...OUTDATED] : OUTDATED;
  const about = /rdf:about\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(text);
  const subject = (about?.[1] ?? about?.[2] ?? "").replaceAll('"', "&#34;");
  const added = mark ? description(subject, mark.model) : "";
  const clean = (part: string) => replaced.reduce(withoutProperty, part);
  const merged = clean(text.slice(0, end)) + added + text.slice(end);
  return new TextEncoder().encode(merged).length <= limit ? merged : fresh;
}
