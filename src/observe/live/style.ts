/** The look of the page, for any width, by day and by night. */
export const style = `
:root{color-scheme:light dark;--back:#fafaf8;--card:#fff;--text:#1c1d1f;--faint:#5b6067;--line:#d9dbdf;--good:#1a7a43;--half:#8a5a00;--open:#b3261e;--isolated:#6a3fb5;--closed-fill:#8fd0a9;--half-fill:#f0b429;--open-fill:#e5544b;--isolated-fill:#9a74dd;--button:#e9ebef}
@media(prefers-color-scheme:dark){:root{--back:#141517;--card:#1d1f22;--text:#e8e9eb;--faint:#a2a8b0;--line:#34373c;--good:#6fd19a;--half:#f2c14e;--open:#ff8a80;--isolated:#c3a6ff;--closed-fill:#2f7a50;--half-fill:#c98f12;--open-fill:#d8453c;--isolated-fill:#7d57c9;--button:#2c2f34}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:15px/1.45 system-ui,sans-serif}
header,main{max-width:76rem;margin:0 auto;padding:.75rem 1rem}
header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline}
h1{font-size:1.25rem;margin:0}h1 span{font-weight:400}h2{font-size:1.05rem;margin:1.25rem 0 .5rem}
p{margin:.25rem 0}.faint{color:var(--faint)}.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
ul{list-style:none;margin:0;padding:0;display:grid;gap:.5rem}
li{background:var(--card);border:1px solid var(--line);border-left-width:4px;border-radius:6px;padding:.5rem .75rem;overflow-wrap:anywhere}
li.open{border-left-color:var(--open-fill)}li.half-open{border-left-color:var(--half-fill)}li.isolated{border-left-color:var(--isolated-fill)}
table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line)}
th,td{padding:.35rem .6rem;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:600;color:var(--faint);font-size:.85rem}tbody th{color:var(--text);font-size:1rem;white-space:normal;overflow-wrap:anywhere}
.number{text-align:right;font-variant-numeric:tabular-nums}
.state{font-weight:600}.state.closed{color:var(--good)}.state.half-open{color:var(--half)}.state.open{color:var(--open)}.state.isolated{color:var(--isolated)}
svg{display:block}.s0{fill:var(--closed-fill)}.s1{fill:var(--half-fill)}.s2{fill:var(--open-fill)}.s3{fill:var(--isolated-fill)}
polyline{fill:none;stroke:var(--faint);stroke-width:1.5}
button,input{font:inherit;color:inherit;background:var(--button);border:1px solid var(--faint);border-radius:6px;padding:.3rem .7rem}
input{background:var(--card);max-width:100%}
button:focus-visible,input:focus-visible{outline:3px solid var(--isolated-fill);outline-offset:1px}
dialog{background:var(--card);color:var(--text);border:1px solid var(--line);border-radius:8px;max-width:min(34rem,92vw)}dialog::backdrop{background:#0008}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem}nav li{background:none;border:0;padding:0}a{color:inherit}
.buttons{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:.75rem}
@media(max-width:46rem){.wide{display:none}th,td{padding:.35rem .3rem;white-space:normal}main{padding:.5rem}}
`;
