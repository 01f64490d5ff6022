/** What the journal runs on. It is asked before anything else is loaded, since older runtimes lack `node:sqlite`. */
const OLDEST = 24;

/** Says what is wrong with a version of Node, where something is. */
export function mistakeIn(version: string): string | undefined {
  const [major = 0] = version.split('.', 1).map(Number);
  return major >= OLDEST
    ? undefined
    : `kedge-journal needs Node ${OLDEST} or newer, and this is ${version}.\n`;
}
