/**
 * Finds the code in Markdown pages and docstrings, and makes modules of it that can be compiled and run.
 *
 * A module has the lines of its page at the same numbers, so that an error in it points into the page. What a block
 * needs and a reader does not is said in comments of HTML:
 *
 *     <!-- snippet: virtual url -->      before a block: how it is run, and names that world.ts has for it
 *     <!-- snippet: continue -->         it goes on where the last block of the page has ended
 *     <!-- then: console.log(x); // 1 --> code behind a block that is not shown
 *
 * A comment behind a `console.log` is what it must print; `…` in it stands for anything.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const root: string = resolve(import.meta.dirname, '../..');

/** In virtual time, as it is, or not at all. */
export type Mode = 'virtual' | 'real' | 'compile';

export interface Snippet {
  /** The page, from the root of the repository. */
  readonly page: string;
  /** Where it begins there, from 1. */
  readonly line: number;
  readonly mode: Mode;
  /** Exports of world.ts that it uses. */
  readonly names: readonly string[];
  /** What it must print, in this order. */
  readonly prints: readonly string[];
  /** The module. */
  readonly code: string;
}

interface Draft {
  readonly line: number;
  readonly mode: Mode;
  readonly names: string[];
  readonly lines: Map<number, string>;
}

/** README and all pages that people wrote. */
export function pages(): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', 'CONTRIBUTING.md', ...docs.map((file) => `docs/${file}`)]
    .filter((file) => file.endsWith('.md') && !file.startsWith('docs/api/'))
    .toSorted();
}

export function read(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

const directive = /^<!-- snippet:([^\n]*?)(?:-->|$)/;
const hidden = /^<!-- then:([^\n]*?)(?:-->|$)/;
const modes: ReadonlySet<string> = new Set(['virtual', 'real', 'compile', 'continue']);

/** The snippets of one page. */
export function snippetsOf(page: string, text: string = read(page)): Snippet[] {
  const lines = text.split('\n');
  const drafts: Draft[] = [];
  let words: string[] = [];
  let setup = new Map<number, string>();
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const comment = directive.exec(line) ?? hidden.exec(line);
    if (comment !== null) {
      const code = new Map<number, string>();
      const first = (comment[1] ?? '').trim();
      while (!(lines[index] ?? '').includes('-->')) {
        if (++index === lines.length) throw new Error(`${page}: a comment is not closed`);
        code.set(index, (lines[index] ?? '').replace(/-->.*/, ''));
      }
      if (directive.test(line)) {
        words = first.split(/\s+/).filter((word) => word !== '');
        setup = code;
      } else {
        if (first !== '') code.set(index, first);
        for (const [at, hiddenLine] of code) last(drafts, page).lines.set(at, hiddenLine);
      }
      continue;
    }
    const fence = /^(\s*)```(\w*)\s*$/.exec(line);
    if (fence === null) {
      if (line.trim() !== '') words = [];
      continue;
    }
    const code = new Map(setup);
    const begin = index;
    for (index++; !/^\s*```\s*$/.test(lines[index] ?? '```'); index++) {
      code.set(index, (lines[index] ?? '').slice(fence[1]?.length));
    }
    if (['ts', 'js'].includes(fence[2] ?? '')) {
      const mode = (words.find((word) => modes.has(word)) ?? 'real') as Mode | 'continue';
      const names = words.filter((word) => !modes.has(word));
      if (mode === 'continue') {
        const draft = last(drafts, page);
        draft.names.push(...names);
        for (const [at, shown] of code) draft.lines.set(at, shown);
      } else drafts.push({ line: begin + 1, mode, names, lines: code });
    }
    words = [];
    setup = new Map();
  }
  return drafts.map((draft) => snippet(page, draft));
}

function last(drafts: readonly Draft[], page: string): Draft {
  const draft = drafts.at(-1);
  if (draft === undefined) throw new Error(`${page}: there is no block to go on with`);
  return draft;
}

function snippet(page: string, { line, mode, names, lines }: Draft): Snippet {
  const imports = [...new Set(names)];
  const header =
    imports.length === 0
      ? 'export {};'
      : `import { ${imports.join(', ')} } from '../test/docs/world.ts';`;
  // The first line of a page is its heading.
  const end = Math.max(...lines.keys());
  const code = [header, ...Array.from({ length: end }, (_, index) => lines.get(index + 1) ?? '')];
  const prints = [...lines]
    .toSorted(([one], [other]) => one - other)
    .flatMap(([, text]) => /\bconsole\.log\(.*\);?\s*\/\/ (.*)$/.exec(text)?.[1] ?? []);
  return { page, line, mode, names: imports, prints, code: `${code.join('\n')}\n` };
}

/** The examples in the docstrings of what the entries of the package reach. */
export function examples(): Snippet[] {
  const { exports } = JSON.parse(read('package.json')) as {
    exports: Record<string, string | { default: string }>;
  };
  const reached = new Set<string>();
  for (const target of Object.values(exports)) {
    if (typeof target === 'string') continue;
    reach(target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts'), reached);
  }
  return [...reached].toSorted().flatMap(examplesOf);
}

function reach(file: string, reached: Set<string>): void {
  if (reached.has(file)) return;
  reached.add(file);
  for (const [, to = ''] of read(file).matchAll(/^(?:import|export)[^;]*? from '(\.[^']+)';/gm))
    reach(join(dirname(file), to), reached);
}

function examplesOf(page: string): Snippet[] {
  const lines = read(page).split('\n');
  const drafts: Draft[] = [];
  for (let index = 0; index < lines.length; index++) {
    if (!/^\s*\* @example\s*$/.test(lines[index] ?? '')) continue;
    const code = new Map<number, string>();
    for (index++; /^\s*\*(?: |$)/.test(lines[index] ?? ''); index++) {
      const text = (lines[index] ?? '').replace(/^\s*\* ?/, '');
      if (text.startsWith('@')) break;
      if (!text.startsWith('```')) code.set(index, text);
    }
    if (code.size === 0) continue;
    const text = [...code.values()].join('\n');
    const mode = /\bfetch\(|\.listen\(|\burl\b/.test(text) ? 'real' : 'virtual';
    drafts.push({ line: Math.min(...code.keys()) + 1, mode, names: [], lines: code });
  }
  return drafts.map((draft) => {
    const made = snippet(page, draft);
    return { ...made, code: made.code.replace('export {};', importsFor(made.code)) };
  });
}

/** A docstring stands where its name is known: what it uses of kedge and of world.ts is imported. */
function importsFor(code: string): string {
  const text = code.replaceAll(/\/\/.*$/gm, '').replaceAll(/'[^'\n]*'/g, "''");
  const statements = sources().flatMap(([from, exported]) => {
    const used = [...exported.keys()].filter(
      (name) =>
        // Not a member, though it may be spread; not a key; not declared or imported by the example itself.
        new RegExp(`(?<![\\w$])(?<!(?<!\\.\\.)\\.)${name}(?![\\w$]|:)`).test(text) &&
        !new RegExp(`(?:const|let|function) ${name}\\b|import [^;]*\\b${name}\\b`).test(code),
    );
    return used.length === 0
      ? []
      : [
          `import { ${used.map((name) => (exported.get(name) === 'type' ? `type ${name}` : name)).join(', ')} } from '${from}';`,
        ];
  });
  return statements.length === 0 ? 'export {};' : statements.join(' ');
}

type Exported = [from: string, names: Map<string, 'type' | 'value'>];

let known: Exported[] | undefined;

function sources(): Exported[] {
  known ??= [
    ['kedge', exportsOf('src/index.ts')],
    ['kedge/testing', exportsOf('src/testing/index.ts')],
    ['kedge/failures', exportsOf('src/failures/index.ts')],
    ['../test/docs/world.ts', exportsOf('test/docs/world.ts')],
  ];
  return known;
}

/** The names that a file exports, by whether each is only a type. */
export function exportsOf(file: string): Map<string, 'type' | 'value'> {
  const text = read(file);
  const found = new Map<string, 'type' | 'value'>();
  for (const [, all, names = ''] of text.matchAll(/^export (type )?\{([^}]*)\}/gm)) {
    for (const [, type, name = ''] of names.matchAll(/(type )?\b(\w+)\s*(?:,|$)/g)) {
      found.set(name, all === undefined && type === undefined ? 'value' : 'type');
    }
  }
  const declared = /^export (?:async )?(const|function|class|interface|type) (\w+)/gm;
  for (const [, what = '', name = ''] of text.matchAll(declared)) {
    found.set(name, what === 'interface' || what === 'type' ? 'type' : 'value');
  }
  return found;
}
