/** The look of the built-in page: system fonts, light and dark, from a phone's width on. */
import { type HexColor, inkOn, readableOn } from './colors.ts';
import type { PageColors } from './options.ts';

interface Theme {
  readonly background: HexColor;
  readonly ink: HexColor;
  readonly muted: HexColor;
  readonly card: HexColor;
  readonly line: HexColor;
  readonly link: HexColor;
}

export function styleOf(colors: PageColors = {}): string {
  const accent = colors.accent ?? '#2f5bd0';
  const light = theme(colors.background ?? '#f4f5f7', '#ffffff', '#59616e', '#dfe2e7', accent);
  const dark = theme(colors.darkBackground ?? '#111418', '#1b2027', '#a3acb9', '#343b46', accent);
  return `
:root{color-scheme:light dark;--accent:${accent};--on-accent:${inkOn(accent)};${variables(light)}}
@media (prefers-color-scheme:dark){:root{${variables(dark)}}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;background:var(--background);color:var(--outer);
font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word}
header,footer{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1.5rem;padding:1.25rem clamp(1rem,5vw,3rem)}
header{font-weight:600;min-height:4.5rem}header img{display:block;height:2rem;width:auto;max-width:14rem}
header a,.brand{display:flex;align-items:center;gap:.75rem;color:inherit;text-decoration:none}
main{flex:1;display:flex;flex-direction:column;align-items:center;justify-content:center;padding:1rem clamp(1rem,5vw,3rem) 3rem}
.card{width:100%;max-width:36rem;padding:clamp(1.5rem,6vw,3rem);background:var(--card);color:var(--ink);border:1px solid var(--line);border-radius:1rem;
box-shadow:0 1px 2px #0000000d,0 12px 32px -12px #0000001f}
.status{margin:0 0 .5rem;color:var(--muted);font-size:.875rem;font-weight:600;letter-spacing:.04em}
h1{margin:0 0 .75rem;font-size:clamp(1.6rem,6vw,2.1rem);line-height:1.2;letter-spacing:-.015em;text-wrap:balance}
p{margin:0 0 1rem}ul{margin:0 0 1rem;padding-left:1.25rem}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.75rem 0 0}
.actions a{padding:.6rem 1.2rem;border:1px solid var(--line);border-radius:.6rem;color:inherit;font-weight:600;text-decoration:none}
.actions a:first-child{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
.actions a:hover{border-color:currentColor;text-decoration:underline;text-underline-offset:.2em}
.reference{margin:1.75rem 0 0;padding-top:1.25rem;border-top:1px solid var(--line);color:var(--muted);font-size:.875rem}
code{font:.95em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}.reference code{display:inline-block;color:var(--ink);user-select:all;overflow-wrap:anywhere}
a:focus-visible,pre:focus-visible{outline:3px solid var(--link);outline-offset:3px}
footer{justify-content:center;font-size:.875rem}footer a{color:var(--link-outer)}
.debug{width:100%;max-width:64rem;margin-top:2rem;color:var(--outer)}.debug h2{font-size:1rem;margin:0 0 .5rem}
pre{margin:0 0 1rem;padding:1rem;overflow:auto;background:var(--card);color:var(--ink);border:1px solid var(--line);border-radius:.6rem;font:.8125rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media (max-width:30rem){.actions a{flex:1 1 100%;text-align:center}main{justify-content:flex-start}}
@media print{header,footer,.actions{display:none}.card{border:0;box-shadow:none}}
`.trim();

  function variables({ background, ink, muted, card, line, link }: Theme): string {
    return [
      `--background:${background}`,
      `--outer:${inkOn(background)}`,
      `--ink:${ink}`,
      `--muted:${muted}`,
      `--card:${card}`,
      `--line:${line}`,
      `--link:${link}`,
      `--link-outer:${readableOn(accent, background)}`,
    ].join(';');
  }
}

function theme(
  background: HexColor,
  card: HexColor,
  muted: HexColor,
  line: HexColor,
  accent: HexColor,
): Theme {
  return { background, ink: inkOn(card), muted, card, line, link: readableOn(accent, card) };
}
