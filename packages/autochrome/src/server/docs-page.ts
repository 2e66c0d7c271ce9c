import { LIMIT_NAMES, LIMITS, type Limits } from "./limits.ts";
import { optionsSchema } from "./options.ts";
import { PROBLEMS } from "./problems.ts";

/** The API for people to read, at the address that problems point to. It needs neither script nor style. */
export function docsPage(limits: Limits): string {
  const options = Object.entries(optionsSchema.shape).map(([name, schema]) => [
    code(name),
    schema.description ?? "",
  ]);
  const problems = Object.entries(PROBLEMS).map(([name, [status, title]]) => [
    `<span id="${name}">${code(name)}</span>`,
    String(status),
    title,
  ]);
  const bounds = LIMIT_NAMES.map((name) => [
    code(name),
    `${limits[name]} ${LIMITS[name].unit}`,
    LIMITS[name].what,
  ]);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Autochrome: the API</title>
<main>
<h1>Autochrome: the API</h1>
<p>A photo goes in, the same photo in colour comes out. For programs: <a href="/openapi.json">openapi.json</a>.</p>
<pre>curl --data-binary @portrait.jpg -H 'Content-Type: image/jpeg' -OJ 'http://localhost:8080/v1/colorize?name=portrait.jpg'
curl -F image=@portrait.jpg -F saturation=1.2 -OJ http://localhost:8080/v1/colorize</pre>
<h2>Options</h2>
<p>In the address, or as fields of the form.</p>
${table(["Option", "Meaning"], options)}
<h2>Problems</h2>
<p>Answered as <code>application/problem+json</code> (RFC 9457), with a <code>code</code>, and <code>limit</code> where one was hit. After a 503, <code>Retry-After</code> says when to ask again.</p>
${table(["Code", "Status", "Meaning"], problems)}
<h2>Limits of this server</h2>
${table(["Limit", "Value", "What it bounds"], bounds)}
</main>
</html>
`;
}

const code = (text: string) => `<code>${text}</code>`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  return `<table>\n${line(head, "th")}\n${rows.map((row) => line(row, "td")).join("\n")}\n</table>`;
}
