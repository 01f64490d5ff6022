import { observe } from 'kedge';
import { requestContext } from 'kedge/responses';
import { securityLog, uniformTime } from 'kedge/security';
import { logs } from 'kedge/pino';
import { virtualClock } from 'kedge/testing';
import { describe, expect, it, vi } from 'vitest';
import { Lines } from '../adapters/logger.ts';
import { deferred, jobs, track } from '../support/lab.ts';

const hashKey = 'k'.repeat(32);

describe('securityLog', () => {
  it.each([
    ['loginSucceeded', 'authn_login_success', 'info'],
    ['loginFailed', 'authn_login_fail', 'warn'],
    ['permissionDenied', 'authz_fail', 'warn'],
    ['rateLimited', 'excess_rate_limit_exceeded', 'warn'],
    ['suspiciousInput', 'input_validation_fail', 'warn'],
  ] as const)('writes %s under the name that OWASP gives it', (method, owasp, level) => {
    const logger = new Lines();
    const security = securityLog({ hashKey, logger });
    requestContext.run({ requestId: 'r-1' }, () =>
      security[method]('ann@example.com', { reason: 'token=abcdef', resource: '/login' }),
    );
    expect(logger.lines).toEqual([
      expect.objectContaining({
        level,
        event: expect.stringMatching(/^security\.\w+$/) as string,
        owasp,
        requestId: 'r-1',
        subjectHash: expect.stringMatching(/^[\da-f]{16}$/) as string,
        reason: 'token=[redacted]',
        resource: '/login',
      }),
    ]);
    expect(logger.text).not.toMatch(/ann|abcdef/);
  });

  it('tells that it was the same subject, and not who', () => {
    const logger = new Lines();
    const security = securityLog({ hashKey, logger });
    for (const subject of ['ann', 'ann', 'bob']) security.loginFailed(subject);
    const [first, second, third] = logger.lines.map(({ subjectHash }) => subjectHash);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('lets no detail take the place of the subject', () => {
    const logger = new Lines();
    securityLog({ hashKey, logger }).loginFailed('ann', { subjectHash: 'x', owasp: 'x' });
    expect(logger.lines).toMatchObject([
      { owasp: 'authn_login_fail', subjectHash: expect.stringMatching(/^[\da-f]{16}$/) as string },
    ]);
  });

  it('goes to logs() where that is attached, and to standard error where nothing is', () => {
    const lines = new Lines();
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const security = securityLog({ hashKey });
    security.loginSucceeded('ann');
    expect(written).toHaveBeenCalledTimes(1);
    using _ = observe(logs(lines));
    security.loginFailed('ann');
    expect(written).toHaveBeenCalledTimes(1);
    expect(lines.lines).toMatchObject([{ event: 'security.login_failed', pipeline: 'security' }]);
  });

  it('refuses a key that is none', () => {
    for (const options of [{}, { hashKey: 'short' }, { hashKey: 7 }, { hashKey, logger: 7 }]) {
      expect(() => securityLog(options as never)).toThrow(/securityLog/);
    }
  });
});

describe('uniformTime', () => {
  it('takes the same time whether it is quick or slow, good or bad', async () => {
    using clock = virtualClock();
    for (const [took, fn] of [
      [500, () => 'at once'],
      [500, async () => Promise.reject(new Error('no'))],
      [
        500,
        () => {
          throw new Error('no');
        },
      ],
    ] as const) {
      const running = track(uniformTime<unknown>(500, fn));
      await clock.advance(took - 1);
      expect(running.state).toBe('pending');
      await clock.advance(1);
      await jobs();
      expect(running.state).not.toBe('pending');
    }
  });

  it('takes the next multiple where it is slower than that', async () => {
    using clock = virtualClock();
    const slow = deferred<string>();
    const running = track(uniformTime(500, () => slow.promise));
    await clock.advance(600);
    slow.resolve('done');
    await clock.advance(399);
    expect(running.state).toBe('pending');
    await clock.advance(1);
    await jobs();
    expect(running).toMatchObject({ state: 'fulfilled', value: 'done' });
  });

  it.each([0, -1, NaN, Infinity, '5'])('refuses %s milliseconds', async (ms) => {
    await expect(uniformTime(ms as number, () => 1)).rejects.toThrow('uniformTime: expected `ms`');
  });
});
