/** IPTC's vocabulary term for a photo that an algorithm changed without making it up. */
export const DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced";

const IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The properties that the mark sets, and those that no longer hold once the file is rewritten. */
const REPLACED = [
  "Iptc4xmpExt:DigitalSourceType",
  "Iptc4xmpExt:AISystemUsed",
  "xmpNote:HasExtendedXMP",
  "tiff:Orientation",
];

function withoutProperty(xmp: string, name: string): string {
  return xmp
    .replace(new RegExp(`\\s${name}\\s*=\\s*("[^"]*"|'[^']*')`, "g"), "")
    .replace(new RegExp(`<${name}\\b[^>]*/>`, "g"), "")
    .replace(new RegExp(`<${name}\\b[^>]*>[\\s\\S]*?</${name}>`, "g"), "");
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
  existing: Buffer | null,
  mark: { model: string } | null,
  limit = Number.POSITIVE_INFINITY,
): string | null {
  const fresh = mark ? packet(description("", mark.model)) : null;
  const text = existing?.toString("utf8") ?? "";
  const end = text.lastIndexOf("</rdf:RDF>");
  if (end < 0) return fresh;
  const replaced = mark ? REPLACED : REPLACED.slice(2);
  const about = /rdf:about\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(text);
  const added = mark ? description(about?.[1] ?? about?.[2] ?? "", mark.model) : "";
  const clean = (part: string) => replaced.reduce(withoutProperty, part);
  const merged = clean(text.slice(0, end)) + added + text.slice(end);
  return Buffer.byteLength(merged) <= limit ? merged : fresh;
}
