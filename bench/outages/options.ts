/** `--name value` and `--flag` of a command line, as they were written. */
export interface CommandLine {
  readonly options: Readonly<Record<string, string>>;
  /** Options that can be given again. */
  readonly all: (name: string) => readonly string[];
}

export function readCommandLine(argv: readonly string[], known: readonly string[]): CommandLine {
  const given: [string, string][] = [];
  for (let index = 0; index < argv.length; index++) {
    const [, name, attached] = /^--([\w-]+)(?:=(.*))?$/s.exec(argv[index]!) ?? [];
    if (name === undefined || !known.includes(name)) {
      throw new TypeError(
        `Unknown option '${argv[index]}'. Known: ${known.map((each) => `--${each}`).join(' ')}`,
      );
    }
    const next = argv[index + 1];
    if (attached !== undefined) given.push([name, attached]);
    else if (next === undefined || /^--[a-z]/.test(next)) given.push([name, 'true']);
    else given.push([name, argv[++index]!]);
  }
  return {
    options: Object.fromEntries(given),
    all: (name) => given.filter(([each]) => each === name).map(([, value]) => value),
  };
}
