/** What may be done by hand, by whom, and how it is told. */
import type { CircuitView } from '../../core/circuit-view.ts';
import { report } from '../../failures/report.ts';
import type { Named } from './feed.ts';
import type { ErrorTexts } from '../state/errors.ts';
import { json, refusal, type Reply } from '../web.ts';

const longest = 200;

const nameOf = (who: unknown): string =>
  typeof who === 'string' ? who.slice(0, longest) : 'somebody';

/** Whether the request comes from the page itself: no other site can send that header, nor these values of the others. */
export function isFromThePage({ headers, url }: Request): boolean {
  if (headers.get('x-kedge-live') !== '1') return false;
  const site = headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin') return false;
  const origin = headers.get('origin');
  if (origin === null) return true;
  const host = headers.get('host') ?? new URL(url).host;
  return URL.canParse(origin) && new URL(origin).host === host;
}

const actions: Readonly<Record<string, (circuit: CircuitView, note: string) => unknown>> = {
  isolate: (circuit, note) => circuit.isolate(note),
  open: (circuit, note) => circuit.open(note),
  close: (circuit) => circuit.close(),
};

/** `who`: what `authorize` said of whoever asks. */
export function actOn(
  query: URLSearchParams,
  who: unknown,
  circuitOf: (id: number) => Named | undefined,
  errors: ErrorTexts,
): Reply {
  const name = query.get('action') ?? '';
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) return refusal(400, 'There is no such action');
  const named = circuitOf(Number(query.get('circuit')));
  if (named === undefined) return refusal(404, 'There is no such circuit any more');
  const given = (query.get('note') ?? '').replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').trim();
  const note = errors.text(given.slice(0, longest));
  const by = nameOf(who);
  const { circuit, where } = named;
  const { pipeline, ...which } = where;
  const before = circuit.state;
  action(circuit, note === '' ? `by ${by}` : `${note} (by ${by})`);
  report(
    {
      type: 'operator.acted',
      from: pipeline,
      severity: 'warn',
      fields: { ...which, action: name, by, note, before },
    },
    { target: undefined },
  );
  return json(200, { state: circuit.state });
}

/** Does what a button of the application's own is for, and tells of it before: it may be the last thing that is done. */
export async function press(
  name: string,
  who: unknown,
  buttons: Readonly<Record<string, (who: unknown) => unknown>>,
  errors: ErrorTexts,
): Promise<Reply> {
  const act = Object.hasOwn(buttons, name) ? buttons[name] : undefined;
  if (act === undefined) return refusal(404, 'There is no such button');
  const fields = { action: name, by: nameOf(who) };
  report({ type: 'operator.acted', from: 'live', severity: 'warn', fields }, { target: undefined });
  try {
    const said = await act(who);
    return json(200, { said: typeof said === 'string' ? said.slice(0, longest) : 'Done.' });
  } catch (error) {
    const { kind, message } = errors.of(error) as { kind: string; message?: string };
    return refusal(500, message ?? kind);
  }
}
