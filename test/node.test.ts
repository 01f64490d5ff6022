// Which Node runs the tests; `npm run test:matrix` asks for several.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the tests run on the Node that was asked for, and so does what they start by name', () => {
  const asked = process.env['KEDGE_NODE'] ?? process.version;
  const byName = execFileSync('node', ['--print', 'process.version'], { encoding: 'utf8' });
  expect([process.version, byName.trim()]).toEqual([asked, asked]);
});

it('that Node is one of those that the package admits', () => {
  const { engines } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { engines: { node: string } };
  const [major, minor] = process.version.slice(1).split('.').map(Number) as [number, number];
  const [least, leastMinor] = engines.node.replace('>=', '').split('.').map(Number) as [
    number,
    number,
  ];
  expect(major > least || (major === least && minor >= leastMinor)).toBe(true);
});
