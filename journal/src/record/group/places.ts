/** Where a frame is, as it is on every host, in every image and in every build. */
import { Memo } from '../memo.ts';
import type { FrameData } from '../record.ts';

/** Modules of these say where a function is; those of JavaScript's clients depend on the working directory. */
const script = /\.(?:[cm]?[jt]sx?|vue|svelte)$/;
const vague = /^(?:__main__|main|index|<unknown module>|)$/;

// The frames of a program are few, and come again with each failure.
const places = new Memo(10_000, 500);

/** `module or path/function`; empty for a frame that tells nothing. */
export function placeOf({ file, module, function: name = '' }: FrameData): string {
  return places.get(`${file}\0${module ?? ''}\0${name}`, () => madeOf(file, module, name));
}

function madeOf(file: string, module: string | undefined, given: string): string {
  const name = plainFunction(given, module);
  const hasModule = module !== undefined && !vague.test(module) && !script.test(file);
  const place = hasModule
    ? module.replace(/(?:\$\$?Lambda.*|\$\d+|\/0x[\da-f]+)$/, '')
    : plainPath(file);
  return place === '' && name === '' ? '' : `${place}/${name}`;
}

/** Folders that programs are kept in, with the program's own. */
const homes =
  /^(?:\/(?:private\/)?tmp\/[^/]+|\/usr\/src\/[^/]+|\/var\/(?:www|lib|app)\/(?:html\/)?[^/]+|\/var\/task|\/(?:home|Users)\/[^/]+\/(?:(?:code|dev|git|projects?|repos?|src|work)\/)*[^/]+|[A-Za-z]:\/(?:Users\/[^/]+\/)?[^/]+|\/(?:srv|opt|data|mnt|workspaces?)\/[^/]+|\/(?:app|code|workspace|root))\/(?:releases\/[^/]+\/|current\/)?/;
/** Folders of sources and of builds: what stands above the last of them differs from one place to the next. */
const roots = /^(?:.*\/)?(?:src|source|dist|build|out|lib\/app|app)\//;

/** The path from the root of the sources, without extension and hashes. */
export function plainPath(file: string): string {
  const path = file
    .replaceAll('\\', '/')
    .replace(/[?#].*$/, '')
    .replace(/^file:\/\/(?:\/(?=[A-Za-z]:))?/, '')
    .replace(
      /^(?:webpack(?:-internal)?|turbopack|vite|rollup|app|ng):\/+(?:\([\w-]+\)\/)?(?:[\w@.-]+\/(?=\.\/))?/,
      '/',
    )
    .replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '')
    .replaceAll('/./', '/');
  const local = path.replace(homes, '/').replace(roots, '');
  const cut = local.lastIndexOf('/') + 1;
  const name = local.slice(cut).replace(/\.[a-z]{1,4}$/i, '');
  return `${local.slice(0, cut).replace(/^\/+|\/+$/g, '')}/${withoutHash(name)}`.replace(/^\//, '');
}

/** `users-AB12CD34` and `users.4f2a9c1e` are `users`. */
function withoutHash(name: string): string {
  return name.replace(/[.-](?=[\w-]{6,}$)(?=[\w-]*\d)[\w-]+$/, '').replace(/^\d+$/, 'chunk');
}

const generated =
  /^(?:<?anonymous>?|<(?:lambda|module|main|listcomp|genexpr|dictcomp|setcomp|top \(required\))>|\{(?:closure|main)(?::.*)?\}|func\d+|lambda\$.*|main\.\(anonymous\)|eval|\?|\.cctor|\.ctor|<init>|<clinit>|apply|MoveNext)$/;

/** The function, without what compilers add to its name. */
export function plainFunction(name: string, module?: string): string {
  let plain = name
    .replace(/^(?:async |new |get |set )+/, '')
    .replace(/ \[as .*\]$/, '')
    .replace(/\(.*\)$/s, '')
    // Ruby: `block (2 levels) in load`, `rescue in load`.
    .replace(/^(?:(?:block|rescue|ensure)(?: \(\d+ levels\))? in )+/, '')
    .replace(/^(?:(?:Object|Module|module|exports|Function|Proxy|globalThis|window|self)\.)+/, '')
    // .NET: `<LoadAsync>d__7.MoveNext`, `<Main>b__0_1`, `<Load>g__Inner|3_0`.
    .replace(/^.*<(\w+)>[dbg]__.*$/, '$1')
    // Java: `lambda$load$0`, `access$000`.
    .replace(/^lambda\$(\w+?)\$\d+$/, '$1')
    .replace(/^access\$\d+$/, '')
    // PHP, and Ruby since 3.4, say the class as well.
    .replace(/^.*(?:::|->|#)(?=[\w{])/, '')
    // Python's qualified names.
    .replaceAll('.<locals>', '');
  if (module !== undefined && plain.startsWith(`${module}.`))
    plain = plain.slice(module.length + 1);
  // Go: `load.func1.2`, `(*Store).load-fm`, `Load[...]`.
  plain = plain.replace(/(?:\.func\d+|\.\d+|-fm|\[\.\.\.\])+$/, '').replaceAll(/[(*)]/g, '');
  const parts = plain.split('.').filter((part) => !generated.test(part));
  return parts.join('.').replace(/(?<=\w)\$\d+$/, '');
}
