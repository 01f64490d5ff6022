import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { readBody } from '../../src/intake/body.ts';

const cutOff = { status: 400, message: 'The request was cut off.' };

describe('the body of a request', () => {
  it('is all that came, in order', async () => {
    const stream = new PassThrough();
    const body = readBody(stream);
    stream.write('one ');
    stream.end('two');
    expect((await body).toString()).toBe('one two');
  });

  it('is refused when the client goes away in the middle', async () => {
    const stream = new PassThrough();
    const body = readBody(stream);
    stream.write('one');
    stream.destroy();
    await expect(body).rejects.toMatchObject(cutOff);
  });

  it('is refused when the client went away before anybody read it', async () => {
    const stream = new PassThrough();
    stream.write('one');
    stream.destroy();
    await once(stream, 'close');
    await expect(readBody(stream)).rejects.toMatchObject(cutOff);
  });
});
