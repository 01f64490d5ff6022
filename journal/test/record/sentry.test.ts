import { describe, expect, it } from 'vitest';
import type { FailureRecord } from '../../src/record/record.ts';
import { keptOf, sightingOf } from '../../src/record/sighting.ts';
import { normalised, received, sampled } from '../support/normalised.ts';
import { planted, samples } from '../support/samples.ts';

const recordOf = (file: string): FailureRecord =>
  JSON.parse(keptOf(sampled(file)).json) as FailureRecord;
const failures = samples.filter(({ file }) =>
  /cause|rich|crash|other|object|large|attachment|message|logging|wsgi|tunnel/.test(file),
);

describe("records of Sentry's clients", () => {
  it('put the thrown error first, whatever order and form the client has', () => {
    const chain = (file: string): string[] => recordOf(file).exceptions.map(({ type }) => type);
    expect(chain('node-cause.envelope')).toEqual(['OrderError', 'RangeError']);
    expect(chain('python-cause.store.json')).toEqual(['OrderError', 'KeyError']);
    expect(chain('ruby-cause.envelope')).toEqual(['OrderError', 'KeyError']);
    expect(chain('go-cause.store.json')).toEqual(['fmt.wrapError', 'errors.fundamental']);
    expect(chain('browser-cause.envelope')).toEqual(['CartError', 'TypeError']);
  });

  it('say who sent them, from where and of which release', () => {
    expect(recordOf('python-rich.store.json')).toMatchObject({
      platform: 'python',
      severity: 'error',
      service: 'billing',
      release: 'billing@5.1.0',
      dist: '12',
      environment: 'staging',
      host: 'host-b',
      tags: { region: 'eu-1' },
      extra: { attempt: 2 },
      request: { method: 'POST', path: '/orders' },
      sdk: { name: 'sentry.python', version: '1.9.10' },
    });
    expect(recordOf('go-crash.store.json')).toMatchObject({ platform: 'go', severity: 'critical' });
    expect(recordOf('node-message.envelope')).toMatchObject({ severity: 'warning', handled: true });
    expect(recordOf('raven-cause.store.b64').platform).toBe('ruby');
  });

  it('fill parameters into the message of a logger', () => {
    expect(recordOf('python-logging-error.store.json').message).toBe('plain error 5');
  });

  it('keep source lines of frames of the application alone', () => {
    const [thrown] = recordOf('node-cause.envelope').exceptions;
    expect(thrown?.frames.at(-1)).toMatchObject({
      file: '/srv/shop/src/orders.mjs',
      function: 'placeOrder',
      line: 18,
      inApp: true,
      source: { line: '    throw new OrderError(`order ${id} failed`, { cause });' },
    });
    expect(thrown?.frames.some(({ inApp, source }) => !inApp && source !== undefined)).toBe(false);
  });

  it('tell frames of the application by their path where the client marks none', () => {
    const [thrown] = recordOf('ruby-cause.envelope').exceptions;
    expect(thrown?.frames.map(({ inApp }) => inApp)).toEqual([true, true, true]);
  });

  it('know the same user again, and not who it is', () => {
    const users = ['node-rich.envelope', 'python-rich.store.json', 'ruby-rich.envelope'].map(
      (file) => recordOf(file).user,
    );
    expect(new Set(users).size).toBe(1);
    expect(users[0]).toMatch(/^[\da-f]{16}$/);
    const auto = normalised({ user: { ip_address: '{{auto}}' } });
    expect(auto.draft.user).toBeUndefined();
  });

  it('know no severity and no platform by the names of JavaScript', () => {
    const { draft } = normalised({
      level: 'constructor',
      platform: '__proto__',
      timestamp: 'toString',
    });
    expect(draft).toMatchObject({ severity: 'error', platform: 'other' });
  });

  it('are never without id, time, type and severity, whatever an event holds', () => {
    for (const odd of [
      null,
      7,
      'text',
      [],
      [[]],
      {},
      { values: 7 },
      { values: [null, 'x', {}] },
      true,
    ]) {
      const event = Object.fromEntries(
        'event_id exception message logentry tags user request contexts extra breadcrumbs sdk release timestamp fingerprint threads level platform transaction'
          .split(' ')
          .map((name) => [name, odd]),
      );
      const kept = keptOf(normalised(event));
      expect(kept.id).toMatch(/^[\da-f]{32}$/);
      expect(kept.title).not.toBe('');
      expect(sightingOf(normalised(event)).time).toBe(received);
    }
  });

  it.each(failures.map(({ file }) => file))('hold nothing that was planted in %s', (file) => {
    const { json, title, culprit, tags } = keptOf(sampled(file));
    const { exceptions, ...rest } = JSON.parse(json) as FailureRecord;
    // Addresses may stand in lines of the source, which are the application's own.
    const withoutSources = exceptions.map((one) => ({
      ...one,
      frames: one.frames.map((frame) => ({ ...frame, source: undefined })),
    }));
    const secrets = /PLANTED-\d+|4111111111111111|someone@example\.org/g;
    expect(json.match(secrets)).toBeNull();
    expect(JSON.stringify([rest, withoutSources, title, culprit, tags]).match(planted)).toBeNull();
  });
});
