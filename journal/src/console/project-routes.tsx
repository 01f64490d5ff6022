/** Projects and their keys. */
import { dsnOf } from '../access/dsn.ts';
import { newKey, newProject } from '../access/first-start.ts';
import {
  baseOf,
  type ConsoleOptions,
  fieldOf,
  formOf,
  frameOf,
  type Page,
  type PageContext,
} from './console.ts';
import { may, visible } from '../access/roles.ts';
import { addChannel, ChannelError, endChannel } from '../notices/channels.ts';
import type { Channel, Project } from '../store/store.ts';
import { Projects } from './pages/projects.tsx';

const sayings: ReadonlyMap<string, string> = new Map([
  ['name', 'There is a project of that name, or it is none.'],
  ['told', 'New failures, and those that are back, are told there from now on.'],
  ['untold', 'Nothing is told there any more.'],
  ['tested', 'A test is on its way. Load the page again to see whether it got through.'],
]);
const projectName = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;

export function projectRoutes(app: Page, options: ConsoleOptions): void {
  const { store, clock, publicUrl, onChange } = options;

  app.get('/projects', (context) => show(context, sayings.get(context.req.query('said') ?? '')));

  async function show(
    context: PageContext,
    said: string | undefined,
    status: 200 | 400 = 200,
  ): Promise<Response> {
    const account = context.get('account');
    const [projects, keys, channels] = await Promise.all([
      store.projects(),
      store.keys(),
      store.channels(),
    ]);
    return context.html(
      <Projects
        frame={frameOf(options, account)}
        projects={visible(account, projects)}
        keys={keys}
        channels={channels}
        now={clock.now()}
        mayAdd={may(account, 'administrator')}
        mayChange={(project) => may(account, 'administrator', project)}
        dsn={(key, project) => dsnOf(publicUrl(), key, project)}
        said={said}
      />,
      status,
    );
  }

  app.post('/projects', async (context) => {
    const form = await formOf(context);
    const given = await changeOf(form);
    const account = context.get('account');
    // What belongs to a project is looked up first, so that nobody reaches it by way of another.
    if (given === undefined || !may(account, 'administrator', given.project)) {
      return context.text('Projects are changed by their administrators.', 403);
    }
    try {
      const said = await given.change();
      await onChange();
      return context.redirect(`${baseOf(options)}/projects${said}`, 303);
    } catch (error) {
      if (error instanceof ChannelError) return show(context, error.message, 400);
      throw error;
    }
  });

  interface Change {
    /** Nothing for all of them. */
    readonly project: number | undefined;
    /** Returns what the address of the page says of it. */
    change(): Promise<string>;
  }

  async function changeOf(form: URLSearchParams): Promise<Change | undefined> {
    const field = (name: string): string => fieldOf(form, name);
    const projects = await store.projects();
    const named = projects.find(({ id }) => String(id) === field('project'))?.id;
    switch (field('action')) {
      case 'add-project':
        return { project: undefined, change: () => addProject(field('name').trim(), projects) };
      case 'add-key':
        return named === undefined ? undefined : { project: named, change: () => addKey(named) };
      case 'end-key': {
        const key = (await store.keys()).find((one) => one.key === field('key'));
        const change = async (): Promise<string> => {
          await store.endKey(field('key'), clock.now());
          return '';
        };
        return key && { project: key.project, change };
      }
      case 'add-channel':
        return named === undefined
          ? undefined
          : { project: named, change: () => tell(named, field('target')) };
      case 'end-channel':
      case 'test-channel': {
        const channel = (await store.channels()).find(({ id }) => String(id) === field('channel'));
        const isTest = field('action') === 'test-channel';
        return (
          channel && {
            project: channel.project,
            change: () => (isTest ? testChannel(channel.id) : untell(channel)),
          }
        );
      }
      default:
        return undefined;
    }

    async function addKey(project: number): Promise<string> {
      await store.createKey(project, newKey(), field('label').slice(0, 64), clock.now());
      return '';
    }
  }

  async function addProject(name: string, projects: readonly Project[]): Promise<string> {
    if (!projectName.test(name) || projects.some((one) => one.name === name)) return '?said=name';
    const { id } = await store.createProject(newProject(name));
    await store.createKey(id, newKey(), 'first', clock.now());
    return '';
  }

  async function tell(project: number, target: string): Promise<string> {
    await addChannel(store, { project, target, at: clock.now() }, options.channels);
    return '?said=told';
  }

  async function testChannel(channel: number): Promise<string> {
    await store.changeNotices({ test: channel, at: clock.now() });
    options.onNotice();
    return '?said=tested';
  }

  async function untell(channel: Channel): Promise<string> {
    await endChannel(store, channel, clock.now());
    return '?said=untold';
  }
}
