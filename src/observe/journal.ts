/** Sends failures and totals to a kedge-journal. */
import type { SinkObject } from '../core/event-bus.ts';
import { missing, readOptions, type Rule, type Rules, text } from '../core/options.ts';
import { type RedactionOptions, redactionRules } from '../failures/redact/options.ts';
import { originOf } from './journal/origin.ts';
import { Sender } from './journal/sender.ts';
import { Journal } from './journal/sink.ts';

/** Options of `journal`. */
export interface JournalOptions extends RedactionOptions {
  /** Where the journal is: `https://journal.example.com`, with a path where it has one. */
  url: string | URL;
  /** The key of a project in the journal. */
  key: string;
  /**
   * The name of the service.
   * @default `OTEL_SERVICE_NAME`, `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, or `npm_package_name`
   */
  service?: string;
  /**
   * Where it runs: `production`.
   * @default `deployment.environment.name` of `OTEL_RESOURCE_ATTRIBUTES`, or `NODE_ENV`
   */
  environment?: string;
  /**
   * The version of the service.
   * @default `service.version` of `OTEL_RESOURCE_ATTRIBUTES`, or `npm_package_version`
   */
  release?: string;
  /** The name of the machine. @default `host.name` of `OTEL_RESOURCE_ATTRIBUTES`, or the system's */
  host?: string;
}

/** A sink that sends failures to a journal. */
export interface JournalSink extends SinkObject {
  /**
   * Sends what is held back, for 2 seconds at most, and never rejects: for `flush` of `captureProcessFailures`, or for
   * whatever else ends the process.
   */
  readonly flush: () => Promise<void>;
}

const address: Rule = {
  expected: 'an address of http: or https:, without a password, a query or a fragment',
  type: (value) => typeof value === 'string' || value instanceof URL,
  range: (value: string | URL) => {
    const url = URL.parse(String(value));
    return (
      url !== null &&
      /^https?:$/.test(url.protocol) &&
      [url.username, url.password, url.search, url.hash].every((part) => part === '')
    );
  },
  // A password may be in it.
  isSecret: true,
};

const key: Rule = {
  expected: 'a key of a project: 1 to 200 characters of ASCII, without spaces',
  type: (value) => typeof value === 'string',
  range: (value: string) => /^[\x21-\x7e]{1,200}$/.test(value),
  isSecret: true,
};

const rules: Rules<JournalOptions> = {
  url: address,
  key,
  service: text,
  environment: text,
  release: text,
  host: text,
  ...redactionRules,
};

/**
 * A sink that sends failures to a kedge-journal, and each minute how often calls of each pipeline ended how.
 *
 * Failures are events `execution.failed`, `circuit.opened`, `request.failed` and `process.failed`, described and
 * redacted by `kedge/failures`. One error is counted once, although a pipeline, the framework and the process report
 * it. They leave half a second later, compressed, each fingerprint once with its count. At most 1,000 different ones
 * and 4 MB are held; `kedge_journal_dropped_total` counts those beyond. What could not be delivered is sent again with
 * the same ids, through the pipeline `kedge-journal`, whose own failures are in the log and the metrics alone.
 *
 * The calls never wait for it, nor does the end of the process for longer than 2 seconds: give `flush` to
 * `captureProcessFailures`. Throws a `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * ```ts
 * import { observe } from 'kedge';
 * import { journal } from 'kedge/journal';
 * import { captureProcessFailures } from 'kedge/process';
 *
 * const failures = journal({ url: 'http://127.0.0.1:9465', key: process.env.JOURNAL_KEY ?? 'none' });
 * using observing = observe(failures);
 * using capturing = captureProcessFailures({ flush: failures.flush });
 * ```
 */
export function journal(options: JournalOptions): JournalSink {
  const given = readOptions<JournalOptions>('journal', options, {}, rules);
  for (const name of ['url', 'key'] as const) {
    if (given[name] === undefined) missing('journal', name, rules[name]);
  }
  const { url, keys, patterns, scrub, limits } = given;
  const origin = originOf(given);
  const sender = new Sender(new URL(url), given.key, origin.release);
  return new Journal(sender, origin, { keys, patterns, scrub, limits });
}
