/** Projects and their keys. */
import { newKey, newProject } from '../access/first-start.ts';
import { dsnOf } from '../access/dsn.ts';
import type { Settings } from '../settings.ts';
import { addChannel, ChannelError, endChannel } from '../notices/channels.ts';
import type { NewProject, Project, Store } from '../store/store.ts';
import { type Command, type Given, type Terminal, Usage, wholeNumber, wordsOf } from './command.ts';
import { projectOf, withStore } from './with-store.ts';

export const project: Command = {
  does: 'lists, adds and changes projects',
  usage: [
    'project list',
    'project add NAME',
    'project set PROJECT [--name NAME] [--rate PER-SECOND] [--burst COUNT] [--keep-per-hour COUNT] [--origins URL,URL]',
    'project tell PROJECT ADDRESS',
    'project untell PROJECT ADDRESS',
  ],
  flags: {
    name: { type: 'string' },
    rate: { type: 'string' },
    burst: { type: 'string' },
    'keep-per-hour': { type: 'string' },
    origins: { type: 'string' },
  },

  run: (given, terminal) =>
    withStore(given, terminal, async (store) => {
      const [action = 'list', word = ''] = given.words;
      if (action === 'list') {
        wordsOf(given.words, 'list?');
        const channels = await store.channels();
        for (const one of await store.projects()) {
          terminal.out(
            `${one.id}  ${one.name}  ${one.rate} a second, ${one.burst} at once, ${one.keepPerHour} of a group an hour${one.origins.map((origin) => `  ${origin}`).join('')}\n`,
          );
          for (const { project, kind, target, error } of channels) {
            if (project === one.id)
              terminal.out(
                `   tells ${kind} ${target}${error === undefined ? '' : `: ${error}`}\n`,
              );
          }
        }
      } else if (action === 'add') {
        wordsOf(given.words, 'add', 'NAME');
        const { id } = await store.createProject(newProject(nameOf(word)));
        const key = await store.createKey(id, newKey(), 'first', terminal.clock.now());
        terminal.out(`${id}  ${dsnOf(urlOf(given.settings), key.key, id)}\n`);
      } else if (action === 'set') {
        wordsOf(given.words, 'set', 'PROJECT');
        await store.changeProject((await projectOf(store, word)).id, changesOf(given));
      } else if (action === 'tell' || action === 'untell') {
        const [, , target = ''] = wordsOf(given.words, action, 'PROJECT', 'ADDRESS');
        await tell(given, terminal, store, { project: await projectOf(store, word), target });
      } else throw new Usage(`a project cannot be asked to '${action}'.`);
    }),
};

/** Who is told of new failures, and of those that are back. */
async function tell(
  { settings, words }: Given,
  { clock }: Terminal,
  store: Store,
  { project: { id }, target }: { project: Project; target: string },
): Promise<void> {
  const at = clock.now();
  if (words[0] === 'tell') {
    await addChannel(store, { project: id, target, at }, settings).catch((error: unknown) => {
      throw error instanceof ChannelError ? new Usage(error.message) : error;
    });
    return;
  }
  const channels = await store.channels();
  const known = channels.find((one) => one.project === id && one.target === target);
  if (known === undefined) throw new Usage('there is no such channel.');
  await endChannel(store, known, at);
}

export const key: Command = {
  does: 'lists, adds and ends keys of intake',
  usage: ['key list', 'key add PROJECT [LABEL]', 'key end KEY'],

  run: (given, terminal) =>
    withStore(given, terminal, async (store) => {
      const { clock, out } = terminal;
      const [action = 'list', word = '', label = ''] = given.words;
      if (action === 'list') {
        wordsOf(given.words, 'list?');
        for (const { key, project, label, ended } of await store.keys()) {
          const state =
            ended === undefined ? dsnOf(urlOf(given.settings), key, project) : `${key} (ended)`;
          out(`${project}  ${state}  ${label}\n`);
        }
      } else if (action === 'add') {
        wordsOf(given.words, 'add', 'PROJECT', 'LABEL?');
        const { id } = await projectOf(store, word);
        const { key } = await store.createKey(id, newKey(), label, clock.now());
        out(`${dsnOf(urlOf(given.settings), key, id)}\n`);
      } else if (action === 'end') {
        wordsOf(given.words, 'end', 'KEY');
        if (!(await store.endKey(word, clock.now())))
          throw new Usage('there is no such key in use.');
      } else throw new Usage(`a key cannot be asked to '${action}'.`);
    }),
};

/** As others reach it; what listens may be another process. */
export function urlOf({ publicUrl, host, port, tlsCert }: Settings): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return publicUrl ?? `${tlsCert === undefined ? 'http' : 'https'}://${name}:${port}`;
}

function nameOf(name: string): string {
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u.test(name)) {
    throw new Usage('a name has 1 to 64 letters, digits, spaces, dots, dashes and underscores.');
  }
  return name;
}

function changesOf({ flags }: Given): Partial<NewProject> {
  const changes: { -readonly [Name in keyof NewProject]?: NewProject[Name] } = {};
  const number = (flag: string): number | undefined => {
    const given = flags[flag];
    if (given === undefined) return undefined;
    const value = wholeNumber(String(given), `--${flag}`);
    if (value < 1) throw new Usage(`--${flag} is to be 1 or more.`);
    return value;
  };
  const [rate, burst, keepPerHour] = [number('rate'), number('burst'), number('keep-per-hour')];
  if (flags['name'] !== undefined) changes.name = nameOf(String(flags['name']));
  if (rate !== undefined) changes.rate = rate;
  if (burst !== undefined) changes.burst = burst;
  if (keepPerHour !== undefined) changes.keepPerHour = keepPerHour;
  if (flags['origins'] !== undefined) changes.origins = originsOf(String(flags['origins']));
  if (Object.keys(changes).length === 0) throw new Usage('there is nothing to change.');
  return changes;
}

function originsOf(list: string): string[] {
  return list
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => {
      const origin = URL.parse(text)?.origin;
      if (origin === undefined || origin === 'null') throw new Usage(`'${text}' is no origin.`);
      return origin;
    });
}
