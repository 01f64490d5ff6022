/** The only style sheet: two themes, no resource from elsewhere. */
export const style = `
:root { color-scheme: light dark; --fg: #1b1f24; --dim: #59636e; --bg: #fff; --soft: #f3f5f7; --line: #d5dbe1;
  --link: #0b5cad; --bad: #b42318; --warn: #8a5300; --good: #17663a; }
@media (prefers-color-scheme: dark) { :root { --fg: #e6e9ec; --dim: #a3adb8; --bg: #14171a; --soft: #1e2327; --line: #363d44;
  --link: #7db8f5; --bad: #ff8d80; --warn: #f0b35c; --good: #6fd39b; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--fg); background: var(--bg); }
a { color: var(--link); }
a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
header, main { max-width: 72rem; margin: 0 auto; padding: .75rem 1rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: center; border-bottom: 1px solid var(--line); }
header form { margin-left: auto; }
h1 { font-size: 1.35rem; margin: .75rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 1rem 0 .25rem; }
summary { cursor: pointer; color: var(--dim); font-size: .85rem; }
summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: .45rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { overflow-wrap: normal; font-weight: 600; color: var(--dim); font-size: .85rem; }
td.number, th.number { text-align: right; }
td.short, th.short, td.number, th.number { white-space: nowrap; }
@media (max-width: 45rem) { .roomy { display: none; } th, td { padding: .45rem .35rem; } }
.scroll { overflow-x: auto; }
.dim { color: var(--dim); } .critical, .error { color: var(--bad); } .warning { color: var(--warn); } .good { color: var(--good); }
form.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: .75rem 0; }
label { display: grid; gap: .15rem; font-size: .85rem; color: var(--dim); }
label.wide { flex: 1 1 20rem; }
input, select, button { font: inherit; color: inherit; background: var(--bg); border: 1px solid var(--dim); border-radius: 4px; padding: .35rem .6rem; min-height: 2.25rem; }
button { white-space: nowrap; background: var(--soft); cursor: pointer; }
pre, code { font: 13px/1.5 ui-monospace, monospace; }
pre { margin: .25rem 0; padding: .5rem; background: var(--soft); overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
td form.row { margin: 0; }
ol.stack { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 4px; }
ol.stack > li { padding: .4rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
ol.stack > li.foreign { color: var(--dim); }
ol.stack > li:last-child { border-bottom: 0; }
mark { background: none; color: inherit; font-weight: 700; }
dl { display: grid; grid-template-columns: fit-content(40%) minmax(0, 1fr); gap: .15rem 1rem; margin: 0; }
dt { color: var(--dim); overflow-wrap: anywhere; } dd { margin: 0; overflow-wrap: anywhere; }
svg.bars { width: 100%; height: 4rem; color: var(--link); }
p.said { padding: .5rem .75rem; background: var(--soft); border-left: 3px solid var(--link); }
`;
