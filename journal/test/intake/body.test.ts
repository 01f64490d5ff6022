import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { readBody } from '../../src/intake/body.ts';
import { TestClock } from '../support/clock.ts';

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

  it('is not waited for when nothing of it comes for five seconds', async () => {
    const [stream, clock] = [new PassThrough(), new TestClock()];
    const body = readBody(stream, { clock });
    let refusal: unknown;
    body.catch((error: unknown) => void (refusal = error));
    for (const part of ['one', 'two']) {
      stream.write(part);
      await new Promise(setImmediate);
      clock.advance(5_000);
      await new Promise(setImmediate);
      expect(refusal).toBeUndefined();
    }
    clock.advance(5_000);
    await expect(body).rejects.toMatchObject({ status: 408 });
  });

  it('goes on only as far as there is room, and is refused where there is none', async () => {
    const stream = new PassThrough();
    const asked: number[] = [];
    const room = Promise.withResolvers<void>();
    const body = readBody(stream, {
      grow: (bytes) => {
        asked.push(bytes);
        return bytes > 3 ? room.promise : undefined;
      },
    });
    stream.write('one');
    stream.write('two');
    stream.write('three');
    stream.end();
    await new Promise(setImmediate);
    expect(asked).toEqual([3, 6]);
    const full = new Error('full');
    room.reject(full);
    await expect(body).rejects.toBe(full);
    expect(asked).toEqual([3, 6]);
  });
});
