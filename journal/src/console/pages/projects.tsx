import type { FC } from 'hono/jsx';
import type { Channel, IntakeKey, Project } from '../../store/store.ts';
import { ago, grouped, iso, shown } from '../../record/shown.ts';
import { type Frame, Layout, Said } from './layout.tsx';

export interface ProjectsView {
  readonly frame: Frame;
  readonly projects: readonly Project[];
  readonly keys: readonly IntakeKey[];
  readonly channels: readonly Channel[];
  readonly now: number;
  readonly mayAdd: boolean;
  mayChange(project: number): boolean;
  dsn(key: string, project: number): string;
  readonly said?: string | undefined;
}

export const Projects: FC<ProjectsView> = (view) => (
  <Layout {...view.frame} title="Projects">
    <Said text={view.said} />
    {view.projects.map((project) => (
      <ProjectView {...view} project={project} />
    ))}
    {view.mayAdd && (
      <form method="post" action={`${view.frame.base}/projects`} class="row">
        <label>
          Name of a new project
          <input name="name" required maxlength={64} />
        </label>
        <button name="action" value="add-project">
          Add project
        </button>
      </form>
    )}
  </Layout>
);

const ProjectView: FC<ProjectsView & { project: Project }> = (view) => {
  const { frame, project, dsn } = view;
  const mayChange = view.mayChange(project.id);
  const keys = view.keys.filter((key) => key.project === project.id);
  return (
    <section aria-labelledby={`project-${project.id}`}>
      <h2 id={`project-${project.id}`}>{project.name}</h2>
      <p class="dim">
        {project.rate} failures a second and {project.keepPerHour} of a group an hour are kept, all
        are counted.
      </p>
      <div class="scroll" tabindex={0} role="region" aria-label={`Keys of ${project.name}`}>
        <table>
          <thead>
            <tr>
              <th>Key</th>
              {mayChange && <th>DSN for Sentry's clients; the key is the Bearer token of OTLP</th>}
              <th>Since</th>
              <th>State</th>
            </tr>
          </thead>
          <tbody>
            {keys.map(({ key, label, created, ended }) => (
              <tr>
                <td>{label === '' ? key.slice(0, 8) : shown(label)}</td>
                {mayChange && <td>{ended === undefined && <code>{dsn(key, project.id)}</code>}</td>}
                <td class="short">{iso(created).slice(0, 10)}</td>
                <td>
                  {ended !== undefined && 'ended'}
                  {ended === undefined && !mayChange && 'in use'}
                  {ended === undefined && mayChange && (
                    <form method="post" action={`${frame.base}/projects`}>
                      <input type="hidden" name="key" value={key} />
                      <button name="action" value="end-key">
                        End
                      </button>
                    </form>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {mayChange && (
        <form method="post" action={`${frame.base}/projects`} class="row">
          <input type="hidden" name="project" value={String(project.id)} />
          <label>
            Name of a new key
            <input name="label" maxlength={64} />
          </label>
          <button name="action" value="add-key">
            Add key
          </button>
        </form>
      )}
      <Channels {...view} />
    </section>
  );
};

const Channels: FC<ProjectsView & { project: Project }> = (view) => {
  const { frame, project, now } = view;
  const mayChange = view.mayChange(project.id);
  const channels = view.channels.filter((one) => one.project === project.id);
  return (
    <>
      <h3>Who is told of new failures, and of those that are back</h3>
      {channels.length === 0 ? (
        <p class="dim">Nobody yet.</p>
      ) : (
        <div
          class="scroll"
          tabindex={0}
          role="region"
          aria-label={`Who is told about ${project.name}`}
        >
          <table>
            <thead>
              <tr>
                <th>Told by</th>
                <th>State</th>
                {mayChange && <th>Change</th>}
              </tr>
            </thead>
            <tbody>
              {channels.map((channel) => (
                <tr>
                  <td>
                    {channel.kind}
                    {mayChange && (
                      <>
                        {' '}
                        <code>{shown(channel.target)}</code>
                      </>
                    )}
                    {mayChange && channel.kind === 'webhook' && (
                      <details>
                        <summary>Secret of its signatures</summary>
                        <code>{channel.secret}</code>
                      </details>
                    )}
                  </td>
                  <td>
                    <ChannelState channel={channel} now={now} />
                  </td>
                  {mayChange && (
                    <td>
                      <form method="post" action={`${frame.base}/projects`}>
                        <input type="hidden" name="channel" value={String(channel.id)} />
                        <button name="action" value="test-channel">
                          Test
                        </button>{' '}
                        <button name="action" value="end-channel">
                          Remove
                        </button>
                      </form>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {mayChange && (
        <form method="post" action={`${frame.base}/projects`} class="row">
          <input type="hidden" name="project" value={String(project.id)} />
          <label class="wide">
            Address of a webhook, or of mail
            <input name="target" required maxlength={2000} placeholder="https://… or team@…" />
          </label>
          <button name="action" value="add-channel">
            Tell it
          </button>
        </form>
      )}
    </>
  );
};

const ChannelState: FC<{ channel: Channel; now: number }> = ({ channel, now }) => {
  const { waiting, waitsSince = now, error, sentAt, givenUp } = channel;
  const facts = [
    ...(sentAt === undefined ? [] : [`last sent ${ago(sentAt, now)}`]),
    ...(waiting > 0 ? [`${grouped(waiting)} waiting since ${ago(waitsSince, now)}`] : []),
    ...(givenUp > 0 ? [`${grouped(givenUp)} given up in 7 days`] : []),
  ];
  return (
    <>
      <span class={error !== undefined ? 'error' : sentAt === undefined ? 'dim' : 'good'}>
        {error !== undefined
          ? `fails: ${shown(error, 200)}`
          : sentAt === undefined
            ? 'not tried yet'
            : 'works'}
      </span>
      <br />
      <span class="dim">{facts.join(', ')}</span>
    </>
  );
};
