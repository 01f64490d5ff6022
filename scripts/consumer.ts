// The package as a user gets it: packed, installed into an empty folder, imported, required,
// type-checked and run. Run by `npm run check:consumer`; needs the registry.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entries, manifest, root } from './entries.ts';

const folder = mkdtempSync(join(tmpdir(), 'kedge-consumer-'));

function step(title: string, command: string, ...args: string[]): void {
  console.log(`- ${title}`);
  execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Installs the versions that the project itself is tested with. */
function install(title: string, ...names: string[]): void {
  const wanted = names.map((name) => {
    const version = manifest.devDependencies[name];
    return version === undefined ? name : `${name}@${version}`;
  });
  step(
    `install ${title}`,
    'npm',
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    ...wanted,
  );
}

/** Strict, the libraries' own declarations included: nothing of ours may hide behind skipLibCheck. */
function compile(title: string, file: string, ...options: string[]): void {
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];
  const target = ['--noEmit', '--target', 'es2023', '--module', 'nodenext'];
  step(title, join(folder, 'node_modules/.bin/tsc'), ...strict, ...target, ...options, file);
}

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const webTypes = ['--lib', 'es2023,esnext.disposable,dom'];

try {
  const packed = execFileSync(
    'npm',
    [
      'pack',
      '--json',
      '--foreground-scripts=false',
      '--loglevel=error',
      '--pack-destination',
      folder,
    ],
    {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const tarball = /"filename": "([^"]+)"/.exec(packed)![1]!;

  // The oldest Node that `engines` admits, beside the one that runs this script.
  const floor = /\d+\.\d+/.exec(manifest.engines.node)![0];
  write(
    'package.json',
    JSON.stringify({ private: true, type: 'module', allowScripts: { node: true } }),
  );
  for (const name of ['root.ts', 'peers.ts', 'clients.ts', 'stores.ts', 'frameworks.ts'])
    copyFileSync(`${root}test/consumer/${name}`, join(folder, name));
  write(
    'import.js',
    entries
      .map(
        ({ specifier }) =>
          `if (Object.keys(await import('${specifier}')).length === 0) throw new Error('${specifier}');`,
      )
      .join('\n'),
  );
  write(
    'require.cjs',
    `if (typeof require('kedge').pipeline !== 'function') throw new Error('require');`,
  );
  const [, quickStart] = /^```js\n([\s\S]*?)^```$/m.exec(readFileSync(`${root}README.md`, 'utf8'))!;
  write('quick-start.mjs', quickStart!);
  write(
    'entries.ts',
    entries.map(({ specifier }, i) => `export * as e${i} from '${specifier}';`).join('\n'),
  );

  install('the tarball alone', `./${tarball}`, 'typescript', `node@${floor}`);
  const oldest = join(folder, 'node_modules/node/bin/node');
  for (const [title, node] of [
    [process.version, process.execPath],
    [`v${floor}`, oldest],
  ] as const) {
    step(`import every entry on ${title}`, node, 'import.js');
    step(
      `require('kedge') on ${title}`,
      node,
      '--disable-warning=ExperimentalWarning',
      'require.cjs',
    );
    step(`run the command line on ${title}`, node, 'node_modules/kedge/dist/cli/main.js', '--help');
    step(`run the README's quick start on ${title}`, node, 'quick-start.mjs');
  }
  compile('type-check the root entry with web types only', 'root.ts', ...webTypes, '--types', '');
  step('run it', process.execPath, 'root.ts');

  // As `tsc root.ts` does it where nobody has said anything: the oldest language, no types but those of the web.
  write(
    'defaults.ts',
    `import { pipeline, retry } from 'kedge';
export const one: Promise<number> = pipeline('defaults', retry()).execute(() => 1);`,
  );
  install('older compilers', 'typescript-5@npm:typescript@5.9', 'typescript-6@npm:typescript@6');
  for (const compiler of ['typescript-5', 'typescript-6', 'typescript'])
    step(
      `type-check the root entry under the defaults of ${compiler}`,
      process.execPath,
      `node_modules/${compiler}/bin/tsc`,
      '--noEmit',
      'defaults.ts',
    );

  install('@types/node', '@types/node');
  compile('type-check every entry without the optional peers', 'entries.ts', '--types', 'node');

  install('the peers', 'prom-client', '@prometheus-io/client', 'pino', 'axios', 'undici');
  compile('type-check the root entry beside the peers', 'root.ts', '--types', 'node');
  compile('type-check the integrations with the real peers', 'peers.ts', '--types', 'node');
  step('run it', process.execPath, 'peers.ts');
  compile('type-check the clients with the real peers', 'clients.ts', '--types', 'node');
  step('run it', process.execPath, 'clients.ts');

  install('the databases', 'pg', '@types/pg', 'mysql2', 'mongodb', 'ioredis', 'redis');
  compile(
    'type-check the databases with the real peers',
    'stores.ts',
    '--types',
    'node',
    // The declarations of the drivers themselves do not pass this.
    '--skipLibCheck',
    'true',
  );
  step('run it', process.execPath, 'stores.ts');

  const types = ['@types/express', '@types/koa'];
  install('the web frameworks', 'express', 'fastify', 'hono', 'koa', '@hono/node-server', ...types);
  compile(
    'type-check one call in each web framework',
    'frameworks.ts',
    '--types',
    'node',
    // The declarations of the frameworks themselves do not pass this.
    '--skipLibCheck',
    'true',
  );
  step('run it', process.execPath, 'frameworks.ts');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
