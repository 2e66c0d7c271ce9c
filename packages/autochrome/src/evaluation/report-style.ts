/** The report's style sheet: system fonts, light and dark, paper; no outside resources. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f7f4ee; --card: #fffefb; --ink: #211e1a; --soft: #6a645a; --line: #e4ddd0; --grid: #efe9de;
  --s0: #c2491d; --s1: #2f7d4f; --s2: #5b4bb3; --s3: #b8860b; --s4: #1d7a8c; --s5: #a8327a;
  --gray: #8d877c; --good: 47, 125, 79; --bad: 194, 73, 29; --shade: rgba(91, 75, 179, .06);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #161412; --card: #1f1c19; --ink: #efe9df; --soft: #a89f92; --line: #38332c; --grid: #2a2621;
    --s0: #ef8354; --s1: #6cc08b; --s2: #a99bf0; --s3: #dcb24a; --s4: #5fbccd; --s5: #e482bd;
    --gray: #948c80; --good: 108, 192, 139; --bad: 239, 131, 84; --shade: rgba(169, 155, 240, .09);
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 60px; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, sans-serif;
  -webkit-text-size-adjust: 100%; }
main { max-width: 1200px; margin: 0 auto; padding: 0 22px 72px; }
h1, h2, h3 { font-family: ui-serif, "Iowan Old Style", Palatino, Georgia, serif; font-weight: 600; line-height: 1.2; }
h1 { font-size: clamp(30px, 5vw, 46px); letter-spacing: -.015em; margin: 0 0 8px; overflow-wrap: anywhere; }
h2 { font-size: 26px; letter-spacing: -.01em; margin: 60px 0 6px; }
h3 { font-size: 17px; margin: 0 0 10px; }
h4 { font-size: 14px; margin: 0 0 8px; font-weight: 600; }
.legend + small { display: block; margin-top: 4px; }
p { margin: 0 0 14px; max-width: 76ch; }
a { color: inherit; }
small, .soft { color: var(--soft); }
small { font-size: 12.5px; }
header { padding: 44px 0 6px; }
.overline { font-size: 12px; letter-spacing: .14em; text-transform: uppercase; color: var(--soft); margin: 0 0 14px;
  display: flex; align-items: center; gap: 12px; }
.grains { display: inline-flex; }
.grains i { width: 13px; height: 13px; border-radius: 50%; margin-right: -4px; mix-blend-mode: multiply; }
@media (prefers-color-scheme: dark) { .grains i { mix-blend-mode: screen; } }
.lead { font-size: 18px; line-height: 1.5; max-width: 64ch; margin-top: 16px; }
nav { position: sticky; top: 0; z-index: 2; background: var(--page); border-bottom: 1px solid var(--line);
  display: flex; gap: 4px 20px; overflow-x: auto; padding: 12px 0; margin-top: 14px; font-size: 14px; }
nav a { text-decoration: none; color: var(--soft); white-space: nowrap; }
nav a:hover { color: var(--ink); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px; min-width: 0; }
.grid { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); }
.below { margin-top: 16px; }
.tiles { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 176px), 1fr));
  margin: 24px 0 0; }
.tile { padding: 16px 16px 12px; }
.tile b { display: block; font: 600 31px/1.15 ui-serif, Georgia, serif; font-variant-numeric: tabular-nums;
  margin: 2px 0 6px; }
.tile .name { font-size: 13.5px; }
.tile small { display: block; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: 8px 12px; text-align: right; white-space: nowrap; vertical-align: middle; }
th { font-weight: 600; }
th:first-child { text-align: left; position: sticky; left: 0; background: var(--card); }
thead th { font-size: 13px; color: var(--soft); border-bottom: 1px solid var(--line); }
thead th.model { color: var(--ink); }
tbody tr + tr > * { border-top: 1px solid var(--grid); }
td small, th small { display: block; font-weight: 400; }
td.base { color: var(--soft); }
td.top b { border-bottom: 2px solid var(--s1); }
td.strip { min-width: 200px; }
td.strip svg { max-width: 230px; }
.left { text-align: left; }
.pill { display: inline-block; min-width: 46px; text-align: center; border-radius: 20px; padding: 1px 9px;
  font-size: 12.5px; }
.key { display: inline-block; width: 11px; height: 11px; border-radius: 50%; margin-right: 7px; vertical-align: -1px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 12.5px; color: var(--soft); margin-top: 8px; }
.legend span { white-space: nowrap; }
.photos { display: grid; gap: 16px; align-items: start; margin-top: 16px; }
figure { margin: 0; break-inside: avoid; }
figure.card { padding: 10px; }
.shots { display: grid; grid-template-columns: repeat(var(--n), minmax(0, 1fr)); gap: 6px; align-items: start; }
.shots img { width: 100%; height: auto; display: block; border-radius: 6px; background: var(--grid); }
.shots div { font-size: 12px; line-height: 1.35; color: var(--soft); }
.shots span { display: block; padding: 5px 2px 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.shots b { color: var(--ink); font-weight: 600; }
figcaption { font-size: 12.5px; color: var(--soft); padding: 6px 2px 2px; overflow-wrap: anywhere; }
.verdict { border-left: 4px solid var(--s2); padding: 12px 18px; margin: 14px 0 16px; background: var(--card);
  border-radius: 0 10px 10px 0; max-width: none; }
.binary { display: grid; grid-template-columns: auto 1fr 1fr; gap: 6px; align-items: stretch; }
.binary .side { align-self: center; font-size: 13px; font-weight: 600; padding-right: 6px; }
.binary .top { text-align: center; font-size: 13px; color: var(--soft); }
.binary .cell { border-radius: 8px; padding: 20px 8px; text-align: center; }
.binary b { display: block; font: 600 25px/1.15 ui-serif, Georgia, serif; }
.hinton { min-width: 860px; }
.hinton th, .hinton td { padding: 3px 4px; }
.hinton td.h { width: 58px; height: 54px; text-align: center; padding: 2px; }
.hinton td.right { background: var(--grid); border-radius: 8px; }
.hinton .box { height: 34px; display: flex; align-items: center; justify-content: center; }
.hinton .box i { display: block; border-radius: 3px; background: var(--c); }
.hinton small { line-height: 1.1; font-size: 11.5px; }
.hinton thead th { text-align: center; font-weight: 500; padding-bottom: 8px; }
.hinton thead th:first-child { text-align: left; position: sticky; left: 0; background: var(--card); }
.hinton .gap { padding-left: 20px; }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 50%; margin-right: 7px; background: var(--c);
  vertical-align: -1px; }
.hinton thead .swatch { display: block; margin: 0 auto 3px; }
svg { width: 100%; height: auto; display: block; overflow: visible; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
svg .rule { stroke: var(--grid); fill: none; }
svg .axis { stroke: var(--line); fill: none; }
svg .chance { stroke: var(--gray); stroke-dasharray: 3 4; fill: none; }
svg .curve { stroke-width: 2; fill: none; stroke-linejoin: round; stroke-linecap: round; }
svg .band { opacity: .16; stroke: none; }
svg .shade { fill: var(--shade); }
svg .phase { stroke: var(--s2); stroke-dasharray: 5 4; fill: none; }
svg .alarm { fill: var(--s0); }
svg .whisker { stroke-width: 3; stroke-linecap: round; opacity: .45; }
details { margin-top: 16px; }
summary { cursor: pointer; font-weight: 600; padding: 6px 0; }
.settings { columns: 3 270px; column-gap: 34px; font-size: 13.5px; margin: 0; }
.settings div { display: flex; justify-content: space-between; gap: 14px; break-inside: avoid; padding: 4px 0;
  border-bottom: 1px solid var(--grid); }
.settings dt { color: var(--soft); }
.settings dd { margin: 0; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
footer { margin-top: 64px; padding-top: 18px; border-top: 1px solid var(--line); font-size: 13px; color: var(--soft); }
@media (max-width: 640px) {
  main { padding: 0 14px 48px; }
  header { padding-top: 26px; }
  .card { padding: 13px; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tile b { font-size: 26px; }
  .shots.many { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  th, td { padding: 8px; }
  .shots b { display: block; }
  .binary .cell { padding: 14px 4px; }
  .binary b { font-size: 20px; }
  h2 { margin-top: 44px; }
}
@media print {
  :root { --page: #fff; --card: #fff; }
  body { font-size: 12px; }
  nav { display: none; }
  main { max-width: none; padding: 0; }
  .card, .tile, tr, figure { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; }
  details::details-content { content-visibility: visible; block-size: auto; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
