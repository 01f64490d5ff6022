// Bodies belong to their caller: what he does with one after the call changes nothing of what is sent.
import { FormData as OtherFormData, fetch as otherFetch } from 'undici';
import { resilientFetch } from 'kedge/http';
import { recorder } from 'kedge/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inTurn, origin, type Origin, status } from '../../support/origin.ts';
import { clients, quick } from './clients.ts';

let server: Origin;

beforeEach(async () => {
  server = await origin(inTurn(status(500), status(200)));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

type Kind = readonly [title: string, make: () => [body: unknown, change: () => void]];

const bytes = (view: (memory: ArrayBuffer) => unknown): [unknown, () => void] => {
  const memory = new Uint8Array(Buffer.from('card of ann'));
  return [view(memory.buffer), () => memory.set(Buffer.from('card of bob'))];
};
const formOf =
  (Form: typeof FormData): Kind[1] =>
  () => {
    const form = new Form();
    form.append('card', 'card of ann');
    form.append('card', new Blob(['card of ann']), 'ann.txt');
    return [form, () => form.set('card', 'card of bob')];
  };
const memories: readonly Kind[] = [
  ['a Buffer', () => bytes((memory) => Buffer.from(memory))],
  ['an ArrayBuffer', () => bytes((memory) => memory)],
];
const views: readonly Kind[] = [
  ['a Uint8Array', () => bytes((memory) => new Uint8Array(memory))],
  ['a part of a larger memory', () => bytes((memory) => new Uint8Array(memory, 8, 3))],
  ['a DataView', () => bytes((memory) => new DataView(memory))],
  ['a Float32Array', () => bytes((memory) => new Float32Array(memory, 4, 1))],
];
const search: Kind = [
  'a URLSearchParams',
  () => {
    const query = new URLSearchParams({ card: 'of ann' });
    return [query, () => query.set('card', 'of bob')];
  },
];
const list: Kind = [
  'a list of pieces',
  () => {
    const pieces = ['card of ', Buffer.from('ann')];
    return [pieces, () => void pieces.splice(0, 2, 'card of bob')];
  },
];
const kinds: Readonly<Record<string, readonly Kind[]>> = {
  fetch: [...memories, ...views, search, ['a FormData', formOf(FormData)]],
  undici: [...memories, ...views, list, ['its own FormData', formOf(OtherFormData)]],
};
const ofAxios: readonly Kind[] = [...memories, ['a FormData', formOf(FormData)]];

describe.each(clients)('over %s', (name, make) => {
  it.each(kinds[name] ?? ofAxios)(
    '%s that is used for something else at once is sent as it was, and so again',
    async (_title, makeBody) => {
      await using client = make(quick(recorder()));
      const [body, change] = makeBody();
      const asking = client.ask(server.url, { method: 'PUT', body });
      change();
      await asking;
      const sent = server.arrived.map((each) => each.body.replaceAll(/-{2,}\S+/g, ''));
      expect(sent).toHaveLength(2);
      expect(sent[1]).toBe(sent[0]);
      expect(sent.join('')).not.toContain('bob');
    },
  );
});

it('a content type of its own stays with each attempt', async () => {
  await using client = clients[0]![1](quick(recorder()));
  await client.ask(server.url, { method: 'PUT', body: new URLSearchParams({ sku: '7' }) });
  expect(server.arrived.map(({ headers, body }) => [headers['content-type'], body])).toEqual([
    ['application/x-www-form-urlencoded;charset=UTF-8', 'sku=7'],
    ['application/x-www-form-urlencoded;charset=UTF-8', 'sku=7'],
  ]);
});

it('the form of another fetch stays one of its own', async () => {
  const form = new OtherFormData();
  form.append('sku', '7');
  const fetch = resilientFetch({ ...quick(recorder()), fetch: otherFetch as never });
  const response = await fetch(server.url, { method: 'PUT', body: form as never });
  await response.text();
  expect(server.arrived.map(({ body }) => body.includes('name="sku"'))).toEqual([true, true]);
});
