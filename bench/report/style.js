// Colours and shapes, light and dark. The same rules style the page and, put inside, a chart by
// itself.

const LIGHT = `--paper:#fff;--ink:#1c2126;--soft:#5b6570;--rule:#e1e5ea;--ours:#0b62d6;--other:#8a94a0;
--recorded:#b9c1ca;--good:#0f7a3d;--fair:#7a6200;--bad:#b3261e;--panel:#f6f8fa;
--s0:#0b62d6;--s1:#c2570c;--s2:#0d8a6a;--s3:#a0429b;--s4:#7d6b00`;
const DARK = `--paper:#0f1418;--ink:#e6eaee;--soft:#98a3ae;--rule:#2a323a;--ours:#5aa9ff;--other:#8793a0;
--recorded:#4c5863;--good:#57c785;--fair:#d9b64a;--bad:#ff8a80;--panel:#171e24;
--s0:#5aa9ff;--s1:#ff9a56;--s2:#4fd0a8;--s3:#e08fd8;--s4:#d6c14a`;

const SERIES = [0, 1, 2, 3, 4]
  .map((i) => `.series${i}.disc{fill:var(--s${i})}.series${i}.line{stroke:var(--s${i})}`)
  .join('\n');

export const charts = `:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
.chart{font:12px system-ui,-apple-system,'Segoe UI',sans-serif}
.chart text{fill:var(--ink)}
.chart .title{font-size:13px;font-weight:600}
.chart .tick{fill:var(--soft);font-size:11px}
.chart .value{font-size:11px}
.middle{text-anchor:middle}.end{text-anchor:end}.strong{font-weight:600}
.grid{stroke:var(--rule)}.hit{fill:transparent}
.disc.ours,.bar.ours{fill:var(--ours)}.disc.other,.bar.other{fill:var(--other)}
.bar.recorded{fill:var(--recorded)}
.ring{fill:var(--paper);stroke-width:2}.ring.ours,.span.ours{stroke:var(--ours)}
.ring.other,.span.other{stroke:var(--other)}.span{stroke-width:2;opacity:.45}
.line{fill:none;stroke-width:2}.series0.line{stroke-width:3}
${SERIES}`;

export const page = `${charts}
*{box-sizing:border-box}
body{margin:0 auto;padding:24px 16px 64px;max-width:1240px;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,'Segoe UI',sans-serif}
h1{font-size:28px;line-height:1.2;margin:0 0 8px}h2{font-size:20px;margin:44px 0 6px}
p{max-width:72ch;margin:6px 0}.soft,figcaption{color:var(--soft)}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:26px 28px;margin:18px 0}
.chart{width:100%;height:auto;max-width:440px;display:block}
.scroll{overflow-x:auto;margin:14px 0}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;min-width:100%}
th,td{padding:6px 12px 6px 0;text-align:right;white-space:nowrap;border-bottom:1px solid var(--rule)}
th:first-child,td:first-child{text-align:left}thead th{color:var(--soft);font-weight:500;vertical-align:bottom}
.targets td:first-child{white-space:normal;min-width:15em}
.good{color:var(--good)}.fair{color:var(--fair)}.bad{color:var(--bad)}.good,.fair,.bad{font-weight:600}
details{margin:10px 0;background:var(--panel);border-radius:8px;padding:8px 14px}summary{cursor:pointer}
code{font-size:.92em}a{color:var(--ours)}ul{padding-left:20px;max-width:72ch}
@media (max-width:600px){body{padding-top:16px}h1{font-size:23px}table{font-size:13px}.targets thead{display:none}
.targets tr{display:block;border-bottom:1px solid var(--rule);padding:7px 0}.targets td{border:0;padding:0 12px 0 0}
.targets td:first-child{display:block;min-width:0;font-weight:600}.targets td{display:inline-block}
.targets td:nth-child(4){display:block;text-align:left}.targets td:empty{display:none}
.targets td[data-head]::before{content:attr(data-head) ' ';color:var(--soft)}}`;
