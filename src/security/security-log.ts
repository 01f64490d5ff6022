/** Writes down what a security team looks for, without saying who it was. */
import type { Severity } from '../core/events.ts';
import { missing, readOptions, type Rules } from '../core/options.ts';
import { hashKeyRule, keyedHash } from '../failures/hash.ts';
import { type RedactionOptions, redactionRules } from '../failures/redact/options.ts';
import { type LogTarget, report, stormLimit } from '../failures/report.ts';
import { loggerRule } from '../failures/report/logger.ts';

/** Options of `securityLog`. */
export interface SecurityLogOptions extends RedactionOptions {
  /** The service's own key for the HMAC: at least 16 random bytes, the same on all its hosts. */
  readonly hashKey: string | Uint8Array;
  /** Takes the lines. @default `logs()` where it is attached, else standard error */
  readonly logger?: LogTarget;
}

const rules: Rules<SecurityLogOptions> = {
  ...redactionRules,
  hashKey: hashKeyRule,
  logger: loggerRule,
};

/**
 * What is known besides the subject: short words, such as a reason and a resource. Values are redacted; what has the name
 * of a field of the line stands under `details`.
 */
export type SecurityDetails = Readonly<
  Record<string, string | number | boolean | null | undefined>
>;

/** Who it was about: a user's name, id or address. Whatever else a client sends in its place is hashed, too. */
export type SecuritySubject = unknown;

/** Each method writes one line, and never throws. A subject is only kept as an HMAC. */
export interface SecurityLog {
  loginSucceeded(subject: SecuritySubject, details?: SecurityDetails): void;
  loginFailed(subject: SecuritySubject, details?: SecurityDetails): void;
  /** Somebody who is known wanted what they may not. */
  permissionDenied(subject: SecuritySubject, details?: SecurityDetails): void;
  rateLimited(subject: SecuritySubject, details?: SecurityDetails): void;
  /** Input that no client of ours would send. */
  suspiciousInput(subject: SecuritySubject, details?: SecurityDetails): void;
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
 * A line has the event, OWASP's name of it, the HMAC of the subject, the request it belongs to, and redacted details.
 * Events of one subject correlate, and nobody without the key can say whose they are. Throws a `TypeError` or a
 * `RangeError` for options that cannot be.
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
  const settings = readOptions<SecurityLogOptions>('securityLog', options, {}, rules);
  const { hashKey, logger, keys, patterns, scrub, limits } = settings;
  if (hashKey === undefined) missing('securityLog', 'hashKey', hashKeyRule);
  const redaction = { keys, patterns, scrub, limits };
  const writing = { target: logger, redaction, storm: stormLimit() };
  const write =
    (event: keyof SecurityLog) =>
    (subject: SecuritySubject, details?: SecurityDetails): void => {
      const [type, owasp, severity] = vocabulary[event];
      const fields = { owasp, subjectHash: keyedHash(textOf(subject), hashKey) };
      report({ type, from: 'security', severity, fields, details }, writing);
    };
  return {
    loginSucceeded: write('loginSucceeded'),
    loginFailed: write('loginFailed'),
    permissionDenied: write('permissionDenied'),
    rateLimited: write('rateLimited'),
    suspiciousInput: write('suspiciousInput'),
  };
}

const LONGEST_SUBJECT = 10_000;

/** One text for equal subjects, of whatever type they are: an attacker sends objects where a name is expected. */
function textOf(subject: unknown): string {
  if (typeof subject === 'string') return subject.slice(0, LONGEST_SUBJECT);
  if (typeof subject !== 'object' || subject === null) return String(subject);
  try {
    return `object ${JSON.stringify(subject) ?? ''}`.slice(0, LONGEST_SUBJECT);
  } catch {
    return 'object';
  }
}
