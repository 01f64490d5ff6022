/** Which frames the application has written, by their path, where the client does not say it. */

const foreign = new RegExp(
  [
    // Node, browsers
    '^(?:node|internal|native|chrome-extension|moz-extension|safari-web-extension):',
    '(?:^|/)node_modules/',
    '^<anonymous>$|^\\[native code\\]$',
    // Python
    '/(?:site|dist)-packages/|^<frozen |(?:^|/)lib/python\\d',
    // Ruby
    '/gems/|/lib/ruby/|^<internal:',
    // Go
    '/pkg/mod/|/usr/(?:local/)?(?:lib/)?go[^/]*/src/|^(?:runtime|net|testing|reflect|sync)/',
    // PHP
    '(?:^|/)vendor/',
    '^\\[internal function\\]$',
    // Systems
    '^/usr/lib/',
  ].join('|'),
);
/** Packages of Java, .NET and Go that come with the language. */
const platformModules =
  /^(?:java|javax|jakarta|jdk|sun|com\.sun|kotlin|scala|System|Microsoft|org\.springframework|org\.apache|io\.netty|runtime|net\/http|reflect|testing|sync)(?:$|[./])/;

export function isOwn(file: string, module: string | undefined): boolean {
  if (module !== undefined && platformModules.test(module)) return false;
  return (file !== '' || module !== undefined) && !foreign.test(file.replaceAll('\\', '/'));
}
