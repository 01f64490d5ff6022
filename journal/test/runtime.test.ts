import { describe, expect, it } from 'vitest';
import { mistakeIn } from '../src/runtime.ts';

describe('a version of Node', () => {
  it.each(['24.0.0', '24.21.1', '26.10.0', '100.0.0'])('%s will do', (version) => {
    expect(mistakeIn(version)).toBeUndefined();
  });

  it.each(['20.20.2', '22.12.0', '18.0.0', ''])('%s is refused in a sentence', (version) => {
    expect(mistakeIn(version)).toBe(
      `kedge-journal needs Node 24 or newer, and this is ${version}.\n`,
    );
  });
});
