/** Where failures come from: what the application says, else what its surroundings say. */
import { hostname } from 'node:os';
import process from 'node:process';

/** What every failure of a process says of it. */
export interface Origin {
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly release: string | undefined;
  readonly host: string | undefined;
}

const LONGEST = 128;

/** What is not given is looked up; texts that no option could be are left out. */
export function originOf(given: Partial<Origin>): Origin {
  const { env } = process;
  const resource = attributesIn(env['OTEL_RESOURCE_ATTRIBUTES']);
  return {
    service:
      given.service ??
      first(env['OTEL_SERVICE_NAME'], resource.get('service.name'), env['npm_package_name']),
    environment:
      given.environment ??
      first(
        resource.get('deployment.environment.name'),
        resource.get('deployment.environment'),
        env['NODE_ENV'],
      ),
    release: given.release ?? first(resource.get('service.version'), env['npm_package_version']),
    host: given.host ?? first(resource.get('host.name'), hostname()),
  };
}

const fits = (value: string): boolean => value !== '' && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value);

function first(...values: readonly (string | undefined)[]): string | undefined {
  const found = values.find((value) => value !== undefined && fits(value));
  return found?.slice(0, LONGEST);
}

/** `service.name=shop,service.version=2.4.0`, each value percent-encoded. */
function attributesIn(text: string = ''): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    if (at < 1) continue;
    const value = pair.slice(at + 1).trim();
    try {
      attributes.set(pair.slice(0, at).trim(), decodeURIComponent(value));
    } catch {
      attributes.set(pair.slice(0, at).trim(), value);
    }
  }
  return attributes;
}
