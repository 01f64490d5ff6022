/** Names in lines and events that only their writer may set. */
const reserved = new Set(
  (
    'level time pid hostname name msg message v event type pipeline policy kind key keyHash executionId at severity err ' +
    'error stack fallbackErr fallbackError suppressed requestId traceId spanId userHash route details __proto__ ' +
    'constructor prototype toJSON then'
  ).split(' '),
);

/** Whether a name means something in lines, so that nobody else may give it another value. */
export function isReserved(name: string): boolean {
  return reserved.has(name);
}

/**
 * What somebody else gives for a line: names that are taken, here or everywhere, move into `details`, so that nothing is
 * lost and nothing is forged.
 */
export function foreign(given: object, own: object = {}): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  let moved: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(given)) {
    const isTaken = isReserved(name) || Object.hasOwn(own, name);
    const into = isTaken ? (moved ??= Object.create(null) as Record<string, unknown>) : fields;
    into[name] = value;
  }
  return moved === undefined ? fields : { ...fields, details: moved };
}
