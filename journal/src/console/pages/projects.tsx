import type { FC } from 'hono/jsx';
import type { IntakeKey, Project } from '../../store/store.ts';
import { iso } from '../text.ts';
import { type Frame, Layout, Said } from './layout.tsx';

export interface ProjectsView {
  readonly frame: Frame;
  readonly projects: readonly Project[];
  readonly keys: readonly IntakeKey[];
  readonly mayChange: boolean;
  dsn(key: string, project: number): string;
  readonly said?: string | undefined;
}

export const Projects: FC<ProjectsView> = (view) => (
  <Layout {...view.frame} title="Projects">
    <Said text={view.said} />
    {view.projects.map((project) => (
      <ProjectView {...view} project={project} />
    ))}
    {view.mayChange && (
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
  const { frame, project, mayChange, dsn } = view;
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
                <td>{label === '' ? key.slice(0, 8) : label}</td>
                {mayChange && <td>{ended === undefined && <code>{dsn(key, project.id)}</code>}</td>}
                <td>{iso(created).slice(0, 10)}</td>
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
    </section>
  );
};
