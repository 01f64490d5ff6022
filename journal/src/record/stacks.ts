/** Stacks as text, of Node, Python, Java, .NET, Go, Ruby and PHP. */
import { isOwn } from './in-app.ts';
import { limitFrames } from './limits.ts';
import { plainFile } from './personal.ts';
import { defined } from './reading.ts';
import type { FrameData } from './record.ts';

interface Found {
  readonly file: string;
  readonly function?: string | undefined;
  readonly module?: string | undefined;
  readonly line?: string | undefined;
  readonly column?: string | undefined;
}

interface Language {
  /** One frame, wherever its line or lines are. */
  readonly frame: RegExp;
  read(match: readonly (string | undefined)[]): Found;
  /** Python alone begins with the outermost. */
  readonly isOutermostFirst?: boolean;
}

const languages: Readonly<Record<string, Language>> = {
  java: {
    frame:
      /^\s*at ([\w.$/@<>-]+)\.([\w$<>]+)\(([\w$-]+\.(?:java|kts?|scala|groovy|cljc?)|Native Method|Unknown Source|SourceFile)(?::(\d+))?\)$/,
    read: ([, module, name, file = '', line]) => ({
      file: /^(?:Native Method|Unknown Source)$/.test(file) ? '' : file,
      module: module?.replace(/^.*\//, ''),
      function: name,
      line,
    }),
  },
  csharp: {
    frame:
      /^\s*at ([\w.`+<>|[\], ]+)\.([\w<>|`.]+)(?:\[[^\]\n]*\])?\([^)\n]*\)(?: in (.{1,400}):line (\d+))?$/,
    read: ([, module, name, file = '', line]) => ({ file, module, function: name, line }),
  },
  node: {
    frame:
      /^\s*at (?:(?:(.{1,200}?) \()|async )?((?:file:\/\/|https?:\/\/|node:|[A-Za-z]:\\|\/|[\w.@-])[^()\n]{0,400}?):(\d+)(?::(\d+))?\)?(?: \{)?$/,
    read: ([, name, file = '', line, column]) => ({ file, function: name, line, column }),
  },
  python: {
    frame: /^\s*File "([^"\n]{1,400})", line (\d+)(?:, in (.{1,200}))?$/,
    read: ([, file = '', line, name]) => ({ file, function: name, line }),
    isOutermostFirst: true,
  },
  ruby: {
    frame:
      /^\s*(?:from |\d+: from )?([^\s:][^:\n]{0,400}\.\w+|<internal:[^>\n]{1,100}>|\(?\w+\)?):(\d+):in [`'](.{1,200})'$/,
    read: ([, file = '', line, name]) => ({ file, function: name, line }),
  },
  php: {
    frame:
      /^#\d+ (?:\[internal function\]|([^(\n]{1,400})\((\d+)\)): (?:([\w\\]+)(?:->|::))?([\w{}\\]+)\(.*\)$/,
    read: ([, file = '', line, module, name]) => ({ file, module, function: name, line }),
  },
};

const LONGEST = 256 * 1024;
const MOST_LINES = 2_000;
const LONGEST_LINE = 1_000;

/** The frames of a stack, outermost first, of the language that it looks like. */
export function framesOfStack(
  text: string,
  cut: string[],
): { platform?: string; frames: FrameData[] } {
  const lines = text.slice(0, LONGEST).split(/\r?\n/, MOST_LINES);
  const own = beforeCauses(lines).filter((line) => line.length <= LONGEST_LINE);
  const go = goFrames(own);
  if (go.length > 0) return { platform: 'go', frames: made(go.toReversed(), cut) };
  for (const [platform, { frame, read, isOutermostFirst = false }] of Object.entries(languages)) {
    const found = own.flatMap((line) => {
      const match = frame.exec(line);
      return match === null ? [] : [read(match)];
    });
    if (found.length > 0) {
      return { platform, frames: made(isOutermostFirst ? found : found.toReversed(), cut) };
    }
  }
  return { frames: [] };
}

/** Of the error itself: Java and Node write causes behind it, Python before it. */
function beforeCauses(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) =>
    /^Traceback \(most recent call last\):$/.test(line.trim()),
  );
  if (last !== -1) return lines.slice(last);
  const cause = lines.findIndex((line) =>
    /^\s*(?:Caused by: |\[cause\]: |\{ \[cause\]|---> )/.test(line),
  );
  return cause === -1 ? lines : lines.slice(0, cause);
}

/** A line with the function, and one with the place. */
function goFrames(lines: readonly string[]): Found[] {
  return lines.flatMap((line, at) => {
    const [, file, number] = /^\t(\S.{0,400}\.go):(\d+)(?: \+0x[\da-f]+)?$/.exec(line) ?? [];
    const [, called] =
      /^(?:created by )?(\S.{0,400}?)(?:\([^()]*\))?(?: in goroutine \d+)?$/.exec(
        lines[at - 1] ?? '',
      ) ?? [];
    if (file === undefined || called === undefined) return [];
    const dot = called.indexOf('.', called.lastIndexOf('/') + 1);
    return [{ file, module: called.slice(0, dot), function: called.slice(dot + 1), line: number }];
  });
}

function made(found: readonly Found[], cut: string[]): FrameData[] {
  return limitFrames(found, cut).map(({ file, line, column, module, function: name }) =>
    defined<FrameData>({
      file: plainFile(file),
      module: module === '' ? undefined : module,
      function: name === '' ? undefined : name,
      line: line === undefined ? undefined : Number(line),
      column: column === undefined ? undefined : Number(column),
      inApp: isOwn(plainFile(file), module),
    }),
  );
}
