import { describe, expect, it } from 'vitest';
import { keptOf } from '../../src/record/sighting.ts';
import { normalised } from '../support/normalised.ts';

const jsonOf = (event: Record<string, unknown>): string => keptOf(normalised(event)).json;
const error = (value: string): object => ({ values: [{ type: 'Error', value }] });

describe('privacy of records', () => {
  it('takes out secrets by name and by shape, in every part', () => {
    const json = jsonOf({
      exception: error('login with password=hunter22 for ann@example.org'),
      tags: { api_key: 'k-123456789', contact: 'ann@example.org' },
      contexts: { session: { token: 'tok-abcdef' } },
      extra: { card: '4111111111111111' },
      breadcrumbs: [{ message: 'GET /a?access_token=abcdef123', data: { secret: 's3cr3t-value' } }],
    });
    expect(json).not.toMatch(/hunter22|ann@example|k-1234|tok-abc|4111|abcdef123|s3cr3t/);
  });

  it('looks for what stood under a secret name in everything else', () => {
    const json = jsonOf({
      exception: error('no row for QX7-991-Lima'),
      request: { headers: { 'X-Api-Key': 'QX7-991-Lima' } },
    });
    expect(json).toContain('no row for [redacted]');
  });

  it('looks for secrets of addresses and forms, which it drops', () => {
    const json = jsonOf({
      exception: error('neither zebra-stripes nor lion-manes nor tiger-tails'),
      request: {
        url: 'https://shop.example/pay?token=zebra-stripes',
        query_string: 'a=b&api_key=lion-manes',
        data: 'name=ann&password=tiger-tails',
      },
    });
    expect(json).toContain('neither [redacted] nor [redacted] nor [redacted]');
  });

  it('looks for secrets in what it drops: headers, cookies, local variables', () => {
    const frames = [{ function: 'pay', filename: 'a.py', vars: { password: "'zebra-stripes'" } }];
    const json = jsonOf({
      exception: {
        values: [{ type: 'Error', value: 'zebra-stripes refused', stacktrace: { frames } }],
      },
    });
    expect(json).not.toContain('zebra');
  });

  it('does not mistake its own names and words for secrets of the same text', () => {
    const names = [
      'exceptions',
      'environment',
      'function',
      'transaction',
      'breadcrumbs',
      'category',
    ];
    const json = jsonOf({
      exception: {
        values: [
          {
            type: 'Error',
            value: 'an exceptions text',
            stacktrace: { frames: [{ function: 'f' }] },
          },
        ],
      },
      environment: 'production',
      breadcrumbs: [{ category: 'c', data: { breadcrumbs: 'x' } }],
      tags: { transaction: 'y' },
      extra: { secrets: names.map((password) => ({ password })) },
    });
    const record = JSON.parse(json) as Record<string, unknown>;
    expect(record).toMatchObject({
      exceptions: [{ type: 'Error', message: 'an [redacted] text', frames: [{ function: 'f' }] }],
      environment: 'production',
      breadcrumbs: [{ category: 'c', data: { '[redacted]': 'x' } }],
      tags: { '[redacted]': 'y' },
    });
  });

  it('does not let a text without a name speak for one with it', () => {
    jsonOf({ message: 'password\0hunter22' });
    jsonOf({ message: '8 passwordhunter22' });
    const tags = JSON.stringify(JSON.parse(jsonOf({ tags: { password: 'hunter22' } })).tags);
    expect(tags).toBe('{"password":"[redacted]"}');
  });

  it('never keeps bodies, cookies, headers, arguments, environment and addresses', () => {
    const json = jsonOf({
      request: {
        url: 'https://ann:pw@shop.example/pay?name=value-q#part',
        data: { field: 'value-b' },
        cookies: 'theme=value-c',
        env: { HOME: 'value-e' },
        headers: { Accept: 'value-h', 'Content-Type': 'text/csv', 'User-Agent': 'curl/8' },
      },
      extra: {
        'sys.argv': ['value-a'],
        nested: { ip_address: '198.51.100.7', email: 'a@b.example' },
      },
      user: { id: 'value-u', ip_address: '198.51.100.7', username: 'value-n' },
    });
    expect(json).not.toMatch(/value-|198\.51|@b\.example|ann:/);
    expect(JSON.parse(json)).toMatchObject({
      request: { path: '/pay', contentType: 'text/csv', userAgent: 'curl/8' },
    });
  });

  it('finds a key that takes several lines of the source', () => {
    const pem = [
      '-----BEGIN PRIVATE KEY-----',
      'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
      '-----END PRIVATE KEY-----',
    ];
    const frame = {
      filename: 'a.js',
      function: 'f',
      in_app: true,
      pre_context: pem,
      context_line: 'x',
    };
    const json = jsonOf({
      exception: { values: [{ type: 'E', stacktrace: { frames: [frame] } }] },
    });
    expect(json).not.toContain('MIIEv');
  });
});

describe('the size of records', () => {
  const huge = {
    release: 'shop@1.0.0',
    environment: 'production',
    timestamp: '2026-11-27T21:00:00Z',
    user: { id: 'u-1' },
    tags: Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`tag-${at}`, '€'.repeat(300)])),
    exception: {
      values: Array.from({ length: 15 }, (_, at) => ({
        type: `Error${at}`,
        value: '€'.repeat(20_000),
        stacktrace: {
          frames: Array.from({ length: 300 }, (_, at) => ({
            filename: `/srv/app/src/${'€'.repeat(100)}${at}.js`,
            function: `f${at}`,
            in_app: true,
            context_line: '€'.repeat(300),
            pre_context: Array.from({ length: 5 }, () => '€'.repeat(300)),
          })),
        },
      })),
    },
    breadcrumbs: Array.from({ length: 200 }, () => ({ message: '€'.repeat(3_000) })),
    extra: { text: '€'.repeat(100_000) },
    contexts: { big: { text: '€'.repeat(100_000) } },
  };

  it('is 64 KiB at most, and the record says what was left out', () => {
    const json = jsonOf(huge);
    expect(Buffer.byteLength(json)).toBeLessThanOrEqual(64 * 1024);
    const { cut, exceptions } = JSON.parse(json) as {
      cut: string[];
      exceptions: { type: string }[];
    };
    expect(cut).toContain('tags: 50 of 80');
    expect(cut).toContain('exceptions: 10 of 15');
    expect(cut).toContain('extra: left out');
    expect(exceptions[0]?.type).toBe('Error14');
    expect(exceptions.at(-1)?.type).toBe('Error0');
  });

  it('never costs release, environment, tags, user and time', () => {
    const record = JSON.parse(jsonOf(huge)) as Record<string, unknown>;
    expect(record).toMatchObject({
      release: 'shop@1.0.0',
      environment: 'production',
      time: '2026-11-27T21:00:00.000Z',
      user: expect.stringMatching(/^[\da-f]{16}$/) as string,
    });
    expect(Object.keys(record['tags'] as object)).toHaveLength(50);
  });
});
