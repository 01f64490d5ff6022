/** What clients are given to send here. */
export function dsnOf(url: string, key: string, project: number): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${key}@${host}${pathname.replace(/\/+$/, '')}/${project}`;
}
