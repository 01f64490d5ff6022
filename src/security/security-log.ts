/** Writes down what a security team looks for, without saying who it was. */
import type { Severity } from '../core/events.ts';
import {
  check,
  finiteDuration,
  missing,
  readOptions,
  type Rule,
  type Rules,
} from '../core/options.ts';
import { now, Timer } from '../core/time.ts';
import { keyedHash } from '../failures/hash.ts';
import { type LogTarget, report } from '../failures/report.ts';
import { loggerRule } from '../failures/report/logger.ts';

/** Options of `securityLog`. */
export interface SecurityLogOptions {
  /** The service's own key for the HMAC: at least 16 random bytes, the same on all its hosts. */
  readonly hashKey: string | Uint8Array;
  /** Takes the lines. @default `logs()` where it is attached, else standard error */
  readonly logger?: LogTarget;
}

const hashKeyRule: Rule = {
  expected: 'a secret of at least 16 bytes',
  type: (value) => typeof value === 'string' || value instanceof Uint8Array,
  range: (value: string | Uint8Array) => value.length >= 16,
};
const rules: Rules<SecurityLogOptions> = { hashKey: hashKeyRule, logger: loggerRule };

/** What is known besides the subject: short words, such as a reason and a resource. Values are redacted. */
export type SecurityDetails = Readonly<Record<string, string | number | boolean>>;

/** Each method writes one line. A subject (a user's name, id or address) is only kept as an HMAC. */
export interface SecurityLog {
  loginSucceeded(subject: string, details?: SecurityDetails): void;
  loginFailed(subject: string, details?: SecurityDetails): void;
  /** Somebody who is known wanted what they may not. */
  permissionDenied(subject: string, details?: SecurityDetails): void;
  rateLimited(subject: string, details?: SecurityDetails): void;
  /** Input that no client of ours would send. */
  suspiciousInput(subject: string, details?: SecurityDetails): void;
}

// The names of OWASP's Logging Vocabulary, which tools of security teams know.
const vocabulary = {
  loginSucceeded: ['security.login_succeeded', 'authn_login_success', 'info'],
  loginFailed: ['security.login_failed', 'authn_login_fail', 'warn'],
  permissionDenied: ['security.permission_denied', 'authz_fail', 'warn'],
  rateLimited: ['security.rate_limited', 'excess_rate_limit_exceeded', 'warn'],
  suspiciousInput: ['security.input_suspected', 'input_validation_fail', 'warn'],
} as const satisfies Record<keyof SecurityLog, readonly [`${string}.${string}`, string, Severity]>;

/**
 * A log of security events: logins, refusals, rate limits, suspicious input (OWASP ASVS 16.3).
 *
 * A line has the event, OWASP's name of it, the HMAC of the subject, what is known of the present request, and redacted
 * details. Events of one subject correlate, and nobody without the key can say whose they are. Throws a
 * `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { securityLog } from 'kedge/security';
 *
 * const security = securityLog({ hashKey });
 * security.loginFailed('ann@example.com', { reason: 'wrong password', resource: '/login' });
 * ```
 */
export function securityLog(options: SecurityLogOptions): SecurityLog {
  const { hashKey, logger } = readOptions<SecurityLogOptions>('securityLog', options, {}, rules);
  if (hashKey === undefined) missing('securityLog', 'hashKey', hashKeyRule);
  const write =
    (event: keyof SecurityLog) =>
    (subject: string, details: SecurityDetails = {}): void => {
      const [type, name, severity] = vocabulary[event];
      const subjectHash = keyedHash(subject, hashKey);
      const fields = { owasp: name, subjectHash };
      report({ type, from: 'security', severity, fields, details }, logger);
    };
  return {
    loginSucceeded: write('loginSucceeded'),
    loginFailed: write('loginFailed'),
    permissionDenied: write('permissionDenied'),
    rateLimited: write('rateLimited'),
    suspiciousInput: write('suspiciousInput'),
  };
}

/**
 * Settles as `fn` does, `ms` milliseconds after it began, or after the first multiple of that in which it is done.
 *
 * An answer to a login then takes the same time whether or not there is such a user (OWASP ASVS 6.3.8, CWE-208): choose
 * more than the slower way takes. Rejects with a `TypeError` or a `RangeError` for no finite
 * time above 0.
 *
 * @example
 * ```ts
 * import { uniformTime } from 'kedge/security';
 *
 * const user = await uniformTime(500, async () => undefined);
 * ```
 */
export async function uniformTime<T>(ms: number, fn: () => T | PromiseLike<T>): Promise<T> {
  check('uniformTime', 'ms', ms, finiteDuration);
  const begun = now();
  const [outcome] = await Promise.allSettled([(async () => fn())()]);
  const elapsed = now() - begun;
  const left = Math.max(1, Math.ceil(elapsed / ms)) * ms - elapsed;
  await new Promise<void>((resolve) => new Timer(resolve, left, true));
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}
