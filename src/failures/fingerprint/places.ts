/** Where a frame is, as it is on every host, in every image and in every build. */

/** Folders of builds. Whatever is above them differs from one host to the next. */
const builds =
  /^.*\/(?:dist|build|out|\.next\/server|\.output\/server|\.svelte-kit\/output\/server|\.vercel\/output\/functions)\//;
/** Folders that programs are kept in, with the name of the program where there is one. */
const homes = new RegExp(
  '^(?:' +
    [
      '(?:/private)?/tmp/[^/]+',
      '/usr/src/[^/]+',
      '/usr/(?:local/)?(?:lib|share|app)/[^/]+',
      '/var/(?:www|lib|app)/(?:html/)?[^/]+',
      '/var/task',
      '/(?:home|Users)/[^/]+/(?:(?:code|dev|git|projects?|repos?|src|work|workspace|Documents|Desktop)/)*[^/]+',
      '[A-Za-z]:/(?:Users/[^/]+/(?:(?:code|dev|git|projects?|repos?|src|source|work)/)*)?[^/]+',
      '/home/runner/work/[^/]+/[^/]+',
      '/github/workspace',
      '/opt/render/project(?:/src)?',
      '/home/site/wwwroot',
      '/vercel/path\\d',
      '/workspaces?/[^/]+(?=/(?:src|lib|test|app)/)',
      '/(?:app|code|workspace|function|build)',
      '/(?:srv|opt|data|root|mnt|workspaces|layers)/[^/]+',
    ].join('|') +
    ')/(?:(?:releases/[^/]+|current|app)/(?=.))?',
);
/** What bundlers put before the paths of sources. */
const schemes =
  /^(?:webpack(?:-internal)?|turbopack|rsc|vite|app|ng|rollup|parcel):\/{2,3}(?:\([\w-]+\)\/|\[project\]\/)?(?:[\w@.-]*\/)??(?=\.?\/|[^/]+\/|[^/]+$)/;
const extension = /(?:\.(?:server|client|worker|bundle|min|chunk))?\.[cm]?[jt]sx?$/;

/**
 * The path from the root of the package, without the folder of sources or of the build, without extension and without
 * hashes: `src/users.ts`, `dist/users.js` and `webpack:///./src/users.ts` are one.
 */
export function portable(path: string): string {
  const plain = path
    .replace(schemes, '/')
    .replace(/^[a-z]+:\/\/[^/]*\//, '/')
    .replace(/\/(?:\.\/)+/g, '/');
  const inBuild = plain.replace(builds, '');
  // `/home/ci/build/shop/src/a.ts`: a folder above the package, which happens to be called so.
  const built = inBuild.includes('/src/') ? plain : inBuild;
  const local = built === plain ? sourceOf(plain) : built;
  const source = local.replace(/^\/?(?:src|source)\/(?=.)/, '').replace(extension, '');
  const cut = source.lastIndexOf('/') + 1;
  return source.slice(0, cut).replace(/^\//, '') + withoutHash(source.slice(cut));
}

/** From the last folder of sources, with the package of a monorepo in front of it. */
function sourceOf(path: string): string {
  const local = path.replace(homes, '');
  const start = `/${local}`.lastIndexOf('/src/');
  if (start === -1) return local === path ? unknownHome(path) : local;
  const above = path.slice(0, path.length - local.length + start);
  const part = /\/((?:packages|apps|services|libs|modules)\/[^/]+)\/?$/.exec(above)?.[1];
  return `${part === undefined ? '' : `${part}/`}${local.slice(start + 4)}`;
}

/** Nobody knows where the package begins: the name of the file, and that of its folder where the first says nothing. */
function unknownHome(path: string): string {
  if (!path.startsWith('/')) return path;
  const known = /\/(?:lib|tests?|routes|api|packages|apps|services)\/.*$/.exec(path)?.[0];
  if (known !== undefined) return known.slice(1);
  const isVague = /\/(?:index|main|mod|handler|route|page|server)\.\w+$/.test(path);
  return (isVague ? /[^/]+\/[^/]+$/ : /[^/]+$/).exec(path)?.[0] ?? path;
}

/** `users-AB12CD34` is `users`; `chunk-AB12CD34` and `4711` are nothing but chunks. */
function withoutHash(name: string): string {
  // `index-BdF3k_2a`, `index-Cz91xxQ0`: eight of base64url behind a dash.
  const plain = name.replace(
    /-(?=[\w-]{8}$)(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{8}$/,
    '',
  );
  const parts = plain.split(/[.-]|(?<=_)/).filter((part) => part !== '' && !isHash(part));
  const rest = parts.join('.').replace(/[._]+$/, '');
  return rest === '' || /^(?:chunk|vendors?|common|shared)(?:[._]|$)/.test(rest) ? 'chunk' : rest;
}

/** Letters and digits as no word has them. */
function isHash(part: string): boolean {
  if (/^\d+$/.test(part)) return true;
  if (part.length < 6 || !/^[A-Za-z\d_~]+$/.test(part)) return false;
  const digits = part.replace(/\D+/g, '').length;
  if (digits > 0 && /^[\da-f]+$/.test(part)) return true;
  if (part.length < 8) return false;
  // esbuild: eight of base32; rollup: eight of base64url.
  return (
    (/^[A-Z\d]{8,}$/.test(part) && digits > 0) ||
    /^[A-Z]{8}$/.test(part) ||
    (digits > 0 && /[A-Z]/.test(part) && /[a-z]/.test(part)) ||
    (part.length === 8 &&
      /[a-z][A-Z]|[A-Z]{2}/.test(part) &&
      part.replace(/[^aeiou]/gi, '').length < 3)
  );
}

/** Receivers that say nothing: `Object.load` and `load` are one. */
const receivers =
  /^(?:async |new )*(?:(?:Object|Module|module|exports|Function|Proxy|global|globalThis|default)\.)+/;
const anonymous =
  /(?:^|\.|\s)(?:<anonymous>|anonymous|<computed>|default)$|^_?(?:callee|temp|anon(?:ymous)?_?)\d*\$?$|^eval$/;

/** The function, without what compilers and bundlers add to its name. */
export function functionName(name: string, path: string): string {
  const plain = name
    .replace(/^async /, '')
    .replace(/ \[as .*\]$/, '')
    .replace(receivers, (found) => (found.includes('new ') ? 'new ' : ''));
  if (plain === '' || anonymous.test(plain)) return '';
  const base = plain
    .replace(/^(?:get|set) /, '')
    // Classes that are made by a function, and styles: `Users_3f9a1c`.
    .replace(/_(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{6,}(?=\.|$)/g, '')
    .replace(/(?<=\w)\$\d+(?=\.|$)/g, '')
    .replace(/^_(?=[A-Za-z])/, '');
  // Bundlers number names that occur twice. Sources are as they were written.
  return /\.[cm]?js$/.test(path) ? base.replace(/(?<=[A-Za-z]{4})[2-9](?=\.|$)/g, '') : base;
}

/** The dependency that a path is inside of. */
export function dependencyOf(path: string): string | undefined {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

/** Functions that compilers add for what older engines do not have. */
export function isHelper(name: string): boolean {
  return /(?:^|\.)(?:__\w+|asyncGeneratorStep|_next|_throw|fulfilled|rejected|_asyncToGenerator)$/.test(
    name,
  );
}
