/** Projects and their keys. */
import { dsnOf } from '../access/dsn.ts';
import { newKey, newProject } from '../access/first-start.ts';
import { baseOf, type ConsoleOptions, fieldOf, formOf, frameOf, type Page } from './console.ts';
import { may } from './guard.ts';
import { Projects } from './pages/projects.tsx';

const projectName = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;

export function projectRoutes(app: Page, options: ConsoleOptions): void {
  const { store, clock, publicUrl, onChange } = options;

  app.get('/projects', async (context) => {
    const account = context.get('account');
    const [projects, keys] = await Promise.all([store.projects(), store.keys()]);
    return context.html(
      <Projects
        frame={frameOf(options, account)}
        projects={projects}
        keys={keys}
        mayChange={may(account, 'administrator')}
        dsn={(key, project) => dsnOf(publicUrl(), key, project)}
        said={
          context.req.query('said') === 'name'
            ? 'There is a project of that name, or it is none.'
            : undefined
        }
      />,
    );
  });

  app.post('/projects', async (context) => {
    if (!may(context.get('account'), 'administrator')) {
      return context.text('Projects are changed by administrators.', 403);
    }
    const form = await formOf(context);
    const back = (query = '') => context.redirect(`${baseOf(options)}/projects${query}`, 303);
    const action = fieldOf(form, 'action');
    const projects = await store.projects();
    if (action === 'add-project') {
      const name = fieldOf(form, 'name').trim();
      if (!projectName.test(name) || projects.some((one) => one.name === name))
        return back('?said=name');
      const { id } = await store.createProject(newProject(name));
      await store.createKey(id, newKey(), 'first', clock.now());
    } else if (action === 'add-key') {
      const project = projects.find(({ id }) => String(id) === fieldOf(form, 'project'));
      if (project === undefined) return context.text('There is no such project.', 404);
      await store.createKey(project.id, newKey(), fieldOf(form, 'label').slice(0, 64), clock.now());
    } else if (action === 'end-key') await store.endKey(fieldOf(form, 'key'), clock.now());
    else return context.text('There is no such action.', 400);
    await onChange();
    return back();
  });
}
