import type { Child, FC } from 'hono/jsx';
import type { ExceptionData, FailureRecord, FrameData } from '../../record/record.ts';
import type { Count, Group } from '../../store/store.ts';
import { ago, counted, iso, shown } from '../../record/shown.ts';
import { Bars } from './bars.tsx';
import { Actions } from './groups.tsx';
import { type Frame, Layout, Said } from './layout.tsx';

export interface GroupView {
  readonly frame: Frame;
  readonly group: Group;
  readonly projectName: string;
  readonly record: FailureRecord | undefined;
  /** Of the record that came before this one. */
  readonly older: number | undefined;
  readonly counts: readonly Count[];
  readonly now: number;
  readonly mayChange: boolean;
  readonly said?: string | undefined;
}

export const GroupPage: FC<GroupView> = (view) => {
  const { frame, group, record, older, mayChange } = view;
  return (
    <Layout {...frame} title={shown(group.title, 300)}>
      <Said text={view.said} />
      <Facts {...view} />
      {mayChange && (
        <form method="post" action={`${frame.base}/groups`} class="row">
          <input type="hidden" name="id" value={String(group.id)} />
          <Actions />
        </form>
      )}
      <h2>Last 30 days</h2>
      <Bars counts={view.counts} now={view.now} />
      <dl>
        <Shares name="By release" counts={view.counts} of="release" />
        <Shares name="By environment" counts={view.counts} of="environment" />
      </dl>
      {record === undefined ? (
        <p>No record of it is kept any longer; its counts are.</p>
      ) : (
        <RecordView record={record} />
      )}
      {older !== undefined && (
        <p>
          <a href={`${frame.base}/groups/${group.id}?before=${older}`}>The one before</a>
        </p>
      )}
    </Layout>
  );
};

const Facts: FC<GroupView> = ({ group, projectName, now }) => (
  <dl>
    <dt>State</dt>
    <dd>
      {group.state}
      {group.stateRelease !== undefined && ` in ${shown(group.stateRelease)}`}
    </dd>
    <dt>Severity</dt>
    <dd class={group.severity}>{group.severity}</dd>
    <dt>Seen</dt>
    <dd>
      {counted(group.seen, 'time')}, {counted(group.users, 'user')}
    </dd>
    <dt>First</dt>
    <dd>
      {iso(group.firstSeen)} {shown(group.firstRelease)}
    </dd>
    <dt>Last</dt>
    <dd>
      {iso(group.lastSeen)} ({ago(group.lastSeen, now)}) {shown(group.lastRelease)}
    </dd>
    <dt>Project</dt>
    <dd>
      {projectName}
      {group.service !== '' && `, ${shown(group.service)}`}
    </dd>
  </dl>
);

const MOST_SHARES = 8;

/** How often it was seen in each release or environment, the most frequent first. */
const Shares: FC<{ name: string; counts: readonly Count[]; of: 'release' | 'environment' }> = ({
  name,
  counts,
  of,
}) => {
  const sums = new Map<string, number>();
  for (const one of counts) sums.set(one[of], (sums.get(one[of]) ?? 0) + one.count);
  sums.delete('');
  const sorted = [...sums].toSorted(([, one], [, other]) => other - one);
  if (sorted.length === 0) return null;
  const said = sorted
    .slice(0, MOST_SHARES)
    .map(([value, count]) => `${shown(value, 100)} ${counted(count, 'time')}`);
  const more = sorted.length - MOST_SHARES;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {said.join(', ')}
        {more > 0 && `, and ${more} more`}
      </dd>
    </>
  );
};

const RecordView: FC<{ record: FailureRecord }> = ({ record }) => (
  <>
    {record.exceptions.map((one, at) => (
      <Exception exception={one} isCause={at > 0} />
    ))}
    {record.message !== undefined && (
      <>
        <h2>Message</h2>
        <pre>{shown(record.message)}</pre>
      </>
    )}
    <h2>This record</h2>
    <dl>
      {simple.map((field) => (
        <Pair name={field} value={record[field]} />
      ))}
      <Pair name="request" value={requestOf(record)} />
      <Pair name="sdk" value={record.sdk && `${record.sdk.name} ${record.sdk.version ?? ''}`} />
      {Object.entries(record.tags).map(([name, value]) => (
        <Pair name={name} value={value} />
      ))}
    </dl>
    <Breadcrumbs record={record} />
    <Data title="Contexts" value={record.contexts} />
    <Data title="Extra" value={record.extra} />
    {record.cut !== undefined && (
      <p class="dim">Not all of it was kept: {record.cut.map((one) => shown(one)).join('; ')}.</p>
    )}
  </>
);

const simple = [
  'id',
  'time',
  'environment',
  'release',
  'host',
  'transaction',
  'logger',
  'handled',
  'kind',
  'source',
  'pipeline',
  'policy',
  'attempt',
  'user',
  'traceId',
  'requestId',
] as const satisfies readonly (keyof FailureRecord)[];

const Pair: FC<{ name: string; value: string | number | boolean | undefined }> = ({
  name,
  value,
}) =>
  value === undefined || value === '' ? null : (
    <>
      <dt>{shown(name)}</dt>
      <dd>{shown(String(value))}</dd>
    </>
  );

const requestOf = ({ request }: FailureRecord): string | undefined =>
  request === undefined ? undefined : [request.method, request.path].filter(Boolean).join(' ');

const Exception: FC<{ exception: ExceptionData; isCause: boolean }> = ({ exception, isCause }) => (
  <>
    <h2>
      {isCause && 'Caused by '}
      {shown(exception.type)}
      {exception.message !== '' && `: ${shown(exception.message, 2_000)}`}
    </h2>
    {exception.frames.length > 0 && (
      <ol class="stack" aria-label="Stack, innermost first">
        {exception.frames.toReversed().map((frame) => (
          <StackFrame frame={frame} />
        ))}
      </ol>
    )}
  </>
);

const StackFrame: FC<{ frame: FrameData }> = ({ frame }) => {
  const { line, column } = frame;
  const position = [line, column].filter((one) => one !== undefined).join(':');
  return (
    <li class={frame.inApp ? 'own' : 'foreign'}>
      <code>{shown(frame.function ?? '(anonymous)')}</code>{' '}
      <span class="dim">
        {shown(frame.file || (frame.module ?? ''))}
        {position !== '' && `:${position}`}
      </span>
      {frame.source !== undefined && (
        <pre>
          {lines(frame.source.before)}
          <mark>{`${shown(frame.source.line)}\n`}</mark>
          {lines(frame.source.after)}
        </pre>
      )}
    </li>
  );
};

const lines = (list: readonly string[]): Child => list.map((one) => `${shown(one)}\n`).join('');

const Breadcrumbs: FC<{ record: FailureRecord }> = ({ record: { breadcrumbs = [] } }) =>
  breadcrumbs.length === 0 ? null : (
    <>
      <h2>What happened before</h2>
      <div class="scroll" tabindex={0} role="region" aria-label="What happened before">
        <table>
          <tbody>
            {breadcrumbs.map((one) => (
              <tr>
                <td class="dim short">{one.time?.slice(11, 23)}</td>
                <td>{shown(one.category ?? '')}</td>
                <td>
                  {shown(one.message ?? '')}
                  {one.data !== undefined && <pre>{shown(JSON.stringify(one.data), 2_000)}</pre>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );

const Data: FC<{ title: string; value: object | undefined }> = ({ title, value }) =>
  value === undefined ? null : (
    <>
      <h2>{title}</h2>
      <pre>{shown(JSON.stringify(value, undefined, 2))}</pre>
    </>
  );
