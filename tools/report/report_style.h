// The style sheet of the report. Colours are variables, so that dark mode and paper change them in one place.
#pragma once

namespace graft {

inline constexpr char kReportStyle[] = R"(
:root { color-scheme: light dark; --bg: #fff; --fg: #1c2024; --dim: #5b6570; --line: #d9dee3; --soft: #f4f6f8;
  --hit: 22 120 80; --miss: 190 60 40; --warn: #8a4b00;
  --c0: #0067a5; --c1: #c2410c; --c2: #137a4b; --c3: #8b3a9e; --c4: #a16207; --c5: #0e7490; --c6: #be185d; --c7: #4b5563; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171a; --fg: #e6e9ec; --dim: #9aa5b0; --line: #343b42;
  --soft: #1d2226; --hit: 60 170 120; --miss: 220 100 75; --warn: #f0b060;
  --c0: #5db4ee; --c1: #f59058; --c2: #57c793; --c3: #cf92e0; --c4: #dcb44c; --c5: #4cc3d9; --c6: #f283b3; --c7: #aab4bf; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--fg); overflow-wrap: anywhere;
  font: 16px/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; padding-top: .6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
h4 { font-size: .95rem; margin: 0; }
p, ul { margin: .5rem 0; max-width: 46rem; }
.lead { font-size: 1.1rem; }
.not { border-left: 4px solid var(--warn); background: var(--soft); padding: .6rem .9rem; }
.dim, .ci, .why, figcaption, .ylabel { color: var(--dim); }
.ci, .why { display: block; font-size: .8rem; }
.ci { white-space: nowrap; }
.hash { display: block; color: var(--dim); font: .75rem/1.4 ui-monospace, monospace; }
.trouble { color: var(--warn); }
.scroll { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { overflow-wrap: break-word; padding: .3rem .7rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } thead th { color: var(--dim); font-weight: 500; vertical-align: bottom; }
td, tbody th, tfoot th { min-width: 3.2rem; }
tbody th { max-width: 16rem; }
.facts td { overflow-wrap: anywhere; }
.n { text-align: right; }
.facts th { min-width: 7rem; font-weight: 500; color: var(--dim); }
.matrix td, .matrix thead th { padding: .35rem .6rem; }
.matrix thead th { min-width: 5rem; max-width: 10rem; }
.scroll thead th:first-child, .scroll tbody th, .scroll tfoot th { position: sticky; left: 0; background: var(--bg); }
@media (max-width: 34rem) { tbody th { max-width: 8.5rem; } .matrix thead th { max-width: 7rem; } }
.cell { border: 0 solid var(--line); border-width: 0 1px 1px 0; }
.hit { background: rgb(var(--hit) / calc(var(--v) * .55)); }
.miss { background: rgb(var(--miss) / calc(var(--v) * .75)); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1.2rem; }
figure { margin: 0; min-width: 0; }
.charts figcaption { color: var(--fg); font-weight: 600; }
.ylabel { font-size: .8rem; margin: .2rem 0 0; }
svg { display: block; width: 100%; max-width: 30rem; height: auto; }
svg text { fill: var(--dim); font-size: 11px; }
.grid { stroke: var(--line); } .axis { stroke: var(--dim); }
.diagonal { stroke: var(--dim); stroke-dasharray: 3 4; }
.curve { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; } .dot { fill: var(--c); }
.s0 { --c: var(--c0); } .s1 { --c: var(--c1); } .s2 { --c: var(--c2); } .s3 { --c: var(--c3); }
.s4 { --c: var(--c4); } .s5 { --c: var(--c5); } .s6 { --c: var(--c6); } .s7 { --c: var(--c7); }
.legend { list-style: none; padding: 0; margin: .3rem 0; display: flex; flex-wrap: wrap; gap: .1rem 1rem; font-size: .85rem; }
.key { display: inline-block; width: 1rem; height: .2rem; margin-right: .4rem; vertical-align: middle; background: var(--c); }
article { margin: 1rem 0 1.4rem; }
.pictures { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: .4rem; }
.pictures figure { width: 14rem; max-width: calc(50% - .3rem); }
.pictures img { display: block; width: 100%; height: auto; border-radius: 3px; }
.pictures figcaption { font-size: .8rem; }
footer { margin-top: 2.5rem; padding-top: .6rem; border-top: 1px solid var(--line); color: var(--dim); font-size: .85rem; }
@media print { :root { color-scheme: light; --bg: #fff; --fg: #000; --dim: #444; --line: #bbb; --soft: #f4f4f4;
  --hit: 22 120 80; --miss: 190 60 40; --c0: #0067a5; --c1: #c2410c; --c2: #137a4b; --c3: #8b3a9e; --c4: #a16207;
  --c5: #0e7490; --c6: #be185d; --c7: #4b5563; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; } .scroll { overflow: visible; }
  table { font-size: .8rem; } .ci { font-size: .68rem; } tbody th { min-width: 7rem; max-width: 10rem; position: static; } .matrix thead th { min-width: 0; overflow-wrap: anywhere; }
  figure, article, tr { break-inside: avoid; } h2, h3, h4 { break-after: avoid; }
  .hit, .miss, .key { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
)";

}  // namespace graft
