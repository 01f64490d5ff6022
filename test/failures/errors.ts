// What drivers throw, built by hand: the properties are those of the real classes, read in their
// sources. Where a driver is a dependency of the tests, its own errors are provoked instead.

/** An error with more members. */
export function failed(members: object, message = 'failed'): Error {
  return Object.assign(new Error(message), members);
}

/** An error of a class that does not set `name`, as node-redis has them. */
export function anonymous(className: string, message: string): Error {
  const made = class extends Error {};
  Object.defineProperty(made, 'name', { value: className });
  return new made(message);
}

/** An error with a name. */
export function named(name: string, message = 'failed', members: object = {}): Error {
  return Object.assign(new Error(message), { name }, members);
}

export function fetchFailed(cause: unknown): TypeError {
  return new TypeError('fetch failed', { cause });
}

/** pg: `DatabaseError`. */
export function postgres(code: string, message = 'failed'): Error {
  return named('error', message, { severity: 'ERROR', code, routine: 'x', length: 100 });
}

/** mysql2; mariadb calls the class `SqlError` and has the same members. */
export function mysql(errno: number, code: string, sqlState: string, message = 'failed'): Error {
  return failed({ errno, code, sqlState, sqlMessage: message }, message);
}

/** better-sqlite3 and node-sqlite3. */
export function sqlite(code: string): Error {
  return named('SqliteError', 'failed', { code });
}

/** mongodb: `MongoServerError`. */
export function mongo(code: number | undefined, ...labels: string[]): Error {
  return named('MongoServerError', 'failed', {
    ...(code !== undefined && { code }),
    errorLabels: labels,
    hasErrorLabel: (label: string) => labels.includes(label),
  });
}

/** AWS SDK 3: `ServiceException`. */
export function aws(name: string, members: object): Error {
  return named(name, 'failed', { $metadata: { httpStatusCode: 400, attempts: 1 }, ...members });
}

/** @grpc/grpc-js: `ServiceError`. */
export function grpc(code: number, trailers: Record<string, string> = {}): Error {
  const metadata = { get: (name: string) => (name in trailers ? [trailers[name]] : []) };
  return failed({ code, details: 'failed', metadata }, `${code} NAME: failed`);
}

/** axios: `AxiosError`. */
export function axios(code: string, status?: number, headers: object = {}, cause?: unknown): Error {
  return named('AxiosError', 'failed', {
    isAxiosError: true,
    code,
    ...(status !== undefined && { status, response: { status, headers } }),
    ...(cause !== undefined && { cause }),
  });
}
