// Lines that no sink writes: those of requests, processes, jobs and security events.
import { PublicError, requestContext } from 'kedge/responses';
import { securityLog } from 'kedge/security';
import { virtualClock } from 'kedge/testing';
import { describe, expect, it, vi } from 'vitest';
import { ErrorResponder } from '../../src/responses/responder/responder.ts';
import { Lines } from '../adapters/logger.ts';

const request = { method: 'GET', url: '/', header: () => undefined };
const hashKey = 'k'.repeat(32);

describe('a storm of lines', () => {
  it('is written a hundred times a second, and then counted, other failures beside it', async () => {
    using clock = virtualClock();
    const logger = new Lines();
    const responder = new ErrorResponder('web', { logger });
    for (let index = 0; index < 150; index++)
      responder.respond(new Error(`no row ${index}`), request);
    responder.respond(new Error('two payments'), request);
    const said = (): unknown[] => logger.lines.map(({ err }) => (err as Error).message);
    expect(logger.lines).toHaveLength(101);
    expect(said()).toContain('two payments');
    await clock.advance(1_000);
    expect(logger.lines).toHaveLength(102);
    expect(logger.lines.at(-1)).toMatchObject({ event: 'request.failed', suppressed: 49 });
    responder.respond(new Error('no row 151'), request);
    expect(logger.lines).toHaveLength(103);
  });

  it('is one of refusals with one status, and of security events of one sort', async () => {
    using clock = virtualClock();
    const logger = new Lines();
    const responder = new ErrorResponder('web', { logger });
    const security = securityLog({ hashKey, logger });
    for (let index = 0; index < 150; index++) {
      responder.respond(new PublicError('No.', { status: 404 }), request);
      security.rateLimited(`user-${index}`);
    }
    security.loginFailed('ann');
    expect(logger.lines).toHaveLength(201);
    await clock.advance(1_000);
    expect(logger.lines.slice(201).map(({ suppressed }) => suppressed)).toEqual([49, 49]);
  });

  it('of a logger that is not at this level is not even built', () => {
    const info = vi.fn<() => void>();
    const logger = {
      debug: info,
      warn: info,
      error: info,
      info,
      isLevelEnabled: (level: string) => level === 'error',
    };
    new ErrorResponder('web', { logger }).respond(new PublicError('No.'), request);
    expect(info).not.toHaveBeenCalled();
  });
});

describe('a line', () => {
  it.each([
    'level',
    'time',
    'msg',
    'event',
    'pipeline',
    'requestId',
    'owasp',
    'subjectHash',
    'err',
    '__proto__',
  ])('keeps its own %s, and what somebody else called so', (name) => {
    const logger = new Lines();
    const details = Object.defineProperty({}, name, { value: 'forged', enumerable: true });
    requestContext.run({ requestId: 'r-1' }, () =>
      securityLog({ hashKey, logger }).loginFailed('ann', details),
    );
    const [line] = logger.lines;
    expect(line).toMatchObject({
      level: 'warn',
      event: 'security.login_failed',
      pipeline: 'security',
      owasp: 'authn_login_fail',
      requestId: 'r-1',
    });
    expect(JSON.stringify(line?.['details'])).toContain('forged');
    const { details: _, ...rest } = line ?? {};
    expect(JSON.stringify(rest)).not.toContain('forged');
  });

  it('is written whatever the subject of a security event is, equal ones under one hash', () => {
    const logger = new Lines();
    const security = securityLog({ hashKey, logger });
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const hostile = {
      toJSON: () => {
        throw new Error('no');
      },
    };
    const subjects = [
      undefined,
      null,
      17,
      17n,
      Symbol('s'),
      { $ne: null },
      [1],
      circular,
      hostile,
      () => 1,
    ];
    for (const subject of subjects) security.loginFailed(subject);
    security.loginFailed({ $ne: null }, null as never);
    security.loginFailed('x', 'details' as never);
    expect(logger.lines).toHaveLength(subjects.length + 2);
    expect(logger.lines.at(-2)?.['subjectHash']).toBe(logger.lines[5]?.['subjectHash']);
  });

  it('hides names of the application', () => {
    const logger = new Lines();
    const keys = ['kundennummer'];
    securityLog({ hashKey, logger, keys }).loginFailed('ann', { note: 'kundennummer=1007x' });
    new ErrorResponder('web', { logger, keys }).respond(new Error('kundennummer: 1007x'), request);
    expect(logger.lines).toHaveLength(2);
    expect(logger.text).not.toContain('1007x');
  });
});
