import { classify, TimeoutError } from 'kedge';
import { describe, expect, it } from 'vitest';
import { StoreCall } from '../../../src/adapters/stores/call.ts';

const lost = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const sent = (): StoreCall => Object.assign(new StoreCall(), { sent: true });

describe('the error of a call', () => {
  it('says that nothing was sent, where that is so', () => {
    const error = lost();
    expect(new StoreCall().failed(error)).toBe(error);
    expect(classify(error).repeat).toBe('safe');
    const other = lost();
    expect(sent().failed(other)).toBe(other);
    expect(classify(other).repeat).toBe('idempotent');
  });

  it('is a copy where a driver gives one error to calls of which some were sent', () => {
    class Lost extends Error {
      readonly code = 'ECONNRESET';
    }
    const shared = new Lost('read ECONNRESET', { cause: 'a cable' });
    const [first, second, third] = [new StoreCall(), sent(), new StoreCall()].map((call) =>
      call.failed(shared),
    );
    expect([first, third]).toEqual([shared, shared]);
    expect(second).not.toBe(shared);
    expect(second).toBeInstanceOf(Lost);
    expect(second).toMatchObject({ code: 'ECONNRESET', cause: 'a cable', stack: shared.stack });
    expect([first, second].map((error) => classify(error).repeat)).toEqual(['safe', 'idempotent']);
  });

  it('that proves that nothing was executed makes the call as good as unsent', () => {
    const call = sent();
    call.failed(Object.assign(new Error('deadlock'), { code: '40P01', severity: 'ERROR' }));
    expect(call.sent).toBe(false);
  });

  it('is told of a timeout of its own pipeline alone', () => {
    const own = new TimeoutError({ pipeline: 'postgres', policy: 'timeout' }, 100);
    const foreign = new TimeoutError({ pipeline: 'checkout', policy: 'timeout' }, 100);
    for (const reason of [own, foreign]) new StoreCall().ended(reason, 'postgres');
    expect([own, foreign].map((error) => classify(error).repeat)).toEqual(['safe', 'idempotent']);
  });
});
