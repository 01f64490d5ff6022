import { expect, it } from 'vitest';
import { generatedPages, withGenerated } from '../../scripts/docs.ts';
import { read } from './blocks.ts';

it.each(generatedPages)('%s has what the code says; if not: npm run docs', (page) => {
  expect(read(page)).toBe(withGenerated(read(page)));
});
