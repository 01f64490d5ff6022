// Given to Node by `--import`: 'kedge' and its subpaths are the sources instead of dist, as in all tests.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const root = new URL('../../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  exports: Record<string, string | { default: string }>;
};

registerHooks({
  resolve(specifier, context, next) {
    const target = /^kedge(\/|$)/.test(specifier)
      ? exports[`.${specifier.slice('kedge'.length)}`]
      : undefined;
    if (typeof target !== 'object') return next(specifier, context);
    const source = target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts');
    return { url: new URL(source, root).href, shortCircuit: true };
  },
});
