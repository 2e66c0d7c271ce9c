import { describe, expect, it } from "vitest";
import { DIGITAL_SOURCE_TYPE, outgoingXmp } from "./xmp.ts";

const RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"';
const EXISTING = Buffer.from(
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ${RDF}>` +
    '<rdf:Description rdf:about="uuid:7" xmlns:dc="http://purl.org/dc/elements/1.1/" ' +
    'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" tiff:Make="Lumière">' +
    "<dc:title>Été</dc:title><tiff:Orientation>6</tiff:Orientation>" +
    "<Iptc4xmpExt:DigitalSourceType>http://example.org/old</Iptc4xmpExt:DigitalSourceType>" +
    "</rdf:Description></rdf:RDF></x:xmpmeta>",
);

describe("outgoingXmp", () => {
  it("says nothing where there is nothing to say", () => {
    expect(outgoingXmp(null, null)).toBeNull();
    expect(outgoingXmp(Buffer.from("not xmp"), null)).toBeNull();
  });

  it("marks a photo without a packet", () => {
    const xmp = outgoingXmp(null, { model: 'small <1.0> & "co"' });
    expect(xmp).toContain(`<Iptc4xmpExt:DigitalSourceType>${DIGITAL_SOURCE_TYPE}<`);
    expect(xmp).toContain("small &#60;1.0&#62; &#38; &#34;co&#34;</Iptc4xmpExt:AISystemUsed>");
    expect(xmp).toMatch(/^<\?xpacket begin=.*<\?xpacket end="w"\?>$/s);
  });

  it("adds the mark to a packet, about the same subject, in place of older claims", () => {
    const xmp = outgoingXmp(EXISTING, { model: "small" }) ?? "";
    expect(xmp).toContain("<dc:title>Été</dc:title>");
    expect(xmp).toContain('tiff:Make="Lumière"');
    expect(xmp).not.toContain("http://example.org/old");
    expect(xmp).not.toContain("tiff:Orientation");
    expect(xmp.match(/rdf:about="uuid:7"/g)?.length).toBe(2);
    expect(xmp.match(/DigitalSourceType>/g)?.length).toBe(2);
    expect(xmp.indexOf("AISystemUsed")).toBeLessThan(xmp.indexOf("</rdf:RDF>"));
  });

  it("without a mark keeps the packet, less the orientation", () => {
    const xmp = outgoingXmp(EXISTING, null) ?? "";
    expect(xmp).toContain("http://example.org/old");
    expect(xmp).not.toContain("tiff:Orientation");
  });

  it("drops a packet too large for the format rather than the mark", () => {
    const xmp = outgoingXmp(EXISTING, { model: "small" }, 300) ?? "";
    expect(xmp).not.toContain("Été");
    expect(xmp).toContain(DIGITAL_SOURCE_TYPE);
    expect(outgoingXmp(EXISTING, null, 300)).toBeNull();
  });

  it("forgets what phones had appended to the file", () => {
    const phone = Buffer.from(
      `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ${RDF}><rdf:Description rdf:about=""` +
        ' GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1" hdrgm:Version="1.0" xmp:Rating="5">' +
        "<Container:Directory><rdf:Seq><rdf:li/></rdf:Seq></Container:Directory>" +
        "<dc:title>kept</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>",
    );
    const xmp = outgoingXmp(phone, null);
    expect(xmp).toBe(
      `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ${RDF}><rdf:Description rdf:about="" xmp:Rating="5">` +
        "<dc:title>kept</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>",
    );
  });

  it("takes no longer where a packet repeats itself", () => {
    for (const piece of [
      "<tiff:Orientation>",
      "<tiff:Orientation ",
      "<tiff:OrientationX",
      " tiff:Orientation='",
      ' tiff:Orientation="',
      " tiff:Orientation  ",
      " rdf:about='",
    ]) {
      const packet = Buffer.from(`${piece.repeat(100_000)}</rdf:RDF>`);
      // Quadratic work would outlast the test.
      expect(outgoingXmp(packet, { model: "small" })).toContain("AISystemUsed>small<");
    }
  });
});
