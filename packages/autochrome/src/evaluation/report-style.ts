/** The report's style sheet: system fonts, light and dark, no outside resources. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --page: #faf9f7; --card: #ffffff; --ink: #1d1c1a; --soft: #66625b; --line: #e3dfd8;
  --accent: #b4532a; --second: #3a6ea5; --third: #8a8378; --heat: 180, 83, 42;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #161513; --card: #201f1c; --ink: #ece8e1; --soft: #a49d92; --line: #37342f;
    --accent: #e88a5d; --second: #7fb0e0; --third: #8f877b; --heat: 232, 138, 93;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 20px; margin: 44px 0 12px; }
h3 { font-size: 15px; margin: 0 0 8px; }
p { margin: 0 0 12px; max-width: 75ch; }
.soft, small { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px; }
.grid { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); }
.photos { grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); }
.wide { grid-column: 1 / -1; }
.tiles { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); margin-top: 22px; }
.tile b { display: block; font-size: 26px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; font-weight: 600; padding-bottom: 8px; }
th, td { padding: 6px 10px; text-align: right; white-space: nowrap; }
th { font-weight: 600; }
th:first-child { text-align: left; }
.metrics tbody tr { border-top: 1px solid var(--line); }
.metrics td:nth-child(2) { font-weight: 600; }
.metrics td small { font-weight: 400; margin-left: 6px; }
.matrix { width: auto; }
.matrix td { text-align: center; min-width: 52px; border: 2px solid var(--card); border-radius: 6px; }
.matrix thead th { text-align: center; font-weight: 500; }
.matrix tbody th { font-weight: 500; }
.colours { width: 100%; min-width: 760px; table-layout: fixed; }
.colours td { padding: 7px 2px; font-size: 13px; }
.colours thead th { font-size: 12px; padding: 6px 2px; }
.swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px;
  vertical-align: -1px; border: 1px solid var(--line); }
figure { margin: 0; }
figcaption { font-size: 13px; margin-top: 8px; overflow-wrap: anywhere; }
.triple { display: grid; grid-template-columns: repeat(3, 1fr); gap: 4px; }
.triple img { width: 100%; height: auto; display: block; border-radius: 4px; background: var(--line); }
.triple div { text-align: center; font-size: 12px; line-height: 1.8; color: var(--soft); }
svg { width: 100%; height: auto; display: block; overflow: visible; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
.axis { stroke: var(--line); fill: none; }
.chance { stroke: var(--third); stroke-dasharray: 4 4; fill: none; }
.curve { stroke: var(--accent); stroke-width: 2; fill: none; stroke-linejoin: round; }
.curve.second { stroke: var(--second); }
.dot { fill: var(--accent); }
.dot.second { fill: var(--second); }
.key { display: inline-block; width: 14px; height: 3px; border-radius: 2px; vertical-align: 4px; margin: 0 6px 0 0; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; }
summary { cursor: pointer; font-weight: 600; margin: 18px 0 12px; }
pre { overflow-x: auto; font: 13px/1.5 ui-monospace, monospace; margin: 0; }
`;
