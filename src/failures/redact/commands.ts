/** Secrets in command lines, where a letter stands for their name, and behind words of protocols. */
import { endOfLine, endOfValue } from './extent.ts';
import type { Finder } from './finder.ts';
import { goesOn, isNoValue, isState } from './judge.ts';

interface Command {
  /** The command, to the first of its arguments. */
  readonly name: RegExp;
  /** What stands in front of the secret; a group of it is kept in sight, such as the user before the colon. */
  readonly flag: RegExp;
}

const commands: readonly Command[] = [
  // `-u user:password`, also in one word.
  {
    name: /\b(?:curl|wget|xh|aria2c)\b/g,
    flag: /\s(?:-[A-Za-z]*[uU]\s*|--(?:proxy-)?user[ =])["']?[^\s:"']{0,100}:/g,
  },
  { name: /\bcurl\b/g, flag: /\s(?:--pass|--proxy-pass|--key-pass|--oauth2-bearer)[ =]/g },
  {
    name: /\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mycli)\b/g,
    flag: /\s-p(?=[^\s-])/g,
  },
  {
    name: /\b(?:sshpass|mongosh|mongo|mongodump|mongorestore|sqlcmd|ldapmodify|influx|bcp|isql|cqlsh|mosquitto_(?:pub|sub|rr))\b/g,
    flag: /\s-[pP]\s*(?=\S)/g,
  },
  {
    name: /\b(?:docker|podman|helm|az|cf|oc|buildah|skopeo)\s+(?:\w+\s+)?login\b/g,
    flag: /\s-p\s*(?=[^\s-])/g,
  },
  { name: /\bhttps?\s+-/g, flag: /\s-a\s*[^\s:]{0,100}:/g },
  { name: /\bsqlplus\b/g, flag: /\s[\w.$-]{1,60}\//g },
  { name: /\bredis-cli\b/g, flag: /\s-a\s*(?=[^\s-])/g },
  { name: /\bldap(?:search|add|modify|delete|passwd|whoami)\b/g, flag: /\s-[wsa]\s*(?=[^\s-])/g },
  { name: /\b(?:smbclient|rpcclient|net)\b/g, flag: /\s-U\s*["']?[^\s%"']{1,100}%/g },
  { name: /\bhtpasswd\s+-\w*b\w*/g, flag: /\bhtpasswd\s+-\w+\s+\S{1,200}\s+\S{1,100}\s+(?=\S)/g },
  { name: /\b(?:zip|unzip|7z|rar)\b/g, flag: /\s-[pP]\s*(?=[^\s-])/g },
  { name: /\bopenssl\b/g, flag: /\s(?:-pass(?:in|out)?\s+pass:|-k\s+)/g },
  {
    name: /\bnet\s+use\b/gi,
    flag: /\bnet\s+use\s+(?:[A-Z*]:?\s+)?\\\\\S{1,200}\s+(?=[^\s/\\])|\s\/user:\S{1,100}\s+(?=[^\s/])/gi,
  },
  {
    name: /\baws\s+configure\s+set\b/g,
    flag: /\s\w*(?:secret|session_token|access_key)\w*\s+(?=\S)/g,
  },
  {
    name: /\b(?:npm|yarn|pnpm)\s+config\s+set\b/g,
    flag: /\s\S{0,200}(?:_auth\w*|_password|token)\s+(?=\S)/gi,
  },
  {
    name: /\b(?:export|set(?:x|env)?|ENV|env)\b/g,
    flag: /\s[A-Z][A-Z\d_]*(?:PASSWORD|PASSWD|PWD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY)\s+(?=\S)/g,
  },
  { name: /\b(?:useradd|usermod|groupmod|adduser)\b/g, flag: /\s-p\s*(?=[^\s-])/g },
  { name: /\blftp\b/g, flag: /\s-u\s*[^\s,]{1,100},/g },
  { name: /\bsnmp[a-z]{2,10}\s+-/g, flag: /\s-[AXc]\s*(?=[^\s-])/g },
  { name: /\bvault\s+login\s/g, flag: /\blogin\s+(?:-\S+\s+){0,5}(?=[^\s-])/g },
  { name: /\bwpa_passphrase\s/g, flag: /\bwpa_passphrase\s+\S{1,100}\s+(?=\S)/g },
  { name: /\bsnmp-server\s+community\s/g, flag: /\bcommunity\s+(?=\S)/g },
  {
    name: /(?:\b(?:config:set|secrets?\s+set|env:set)|--from-literal)\b/g,
    flag: /[\s=][A-Za-z_][\w.-]{0,60}=(?=\S)/g,
  },
  { name: /\bsecrets?\s+set\b/g, flag: /\s(?:-b|--body|--value)[\s=]\s*(?=\S)/g },
  {
    name: /\b(?:enable|username|neighbor|tacacs-server|radius-server|key-string)\s/g,
    flag: /\s(?:password|secret|key)\s+\d\s+(?=\S{4})/g,
  },
  { name: /\bnet\s+user\b/gi, flag: /\bnet\s+user\s+\S{1,100}\s+(?=[^\s/])/gi },
  {
    name: /\brabbitmqctl\b/g,
    flag: /\s(?:add_user|change_password|authenticate_user)\s+\S{1,100}\s+(?=\S)/g,
  },
  { name: /\bACL\s+SETUSER\b/gi, flag: /\s[<>#](?=\S)/g },
  {
    name: /\b(?:echo|printf)\s[^\n|]{1,300}\|[^\n|]{0,300}(?:-stdin|passwd|sudo\s+-S|--with-token|smbpasswd)\b/g,
    flag: /\b(?:echo|printf)\s+(?:-\w+\s+)?(?:["']%s(?:\\n)?["']\s+)?(?=\S)/g,
  },
  { name: /\bmachine\s/g, flag: /\spassword\s+(?=\S)/g },
];

/** Words of protocols and languages; the secret stands behind them. */
const phrases: readonly RegExp[] = [
  /\bConvertTo-SecureString\s+(?:-String\s+)?(?=["'])/gi,
  /\b(?:crypt|aes_(?:en|de)crypt)\s*\(\s*(?=["'])/gi,
  /\b[\w.*-]{1,100}:(?:\d{2,5}|\*):[A-Za-z_*][\w-]{0,60}:[\w.*-]{1,60}:(?=[^\s:]{0,100}[^\s\d:])/g,
  /\/(?:reset[-_]?password|password[-_]?reset|reset|magic(?:[-_]?link)?|verify(?:[-_]?email)?|confirm(?:[-_]?email)?|invite|activate)(?:\/|\?(?:code|k|t|key|hash)=)(?=[\w.~%-]{0,60}\d)(?=[\w.~%-]{0,60}[A-Za-z])(?=[\w.~%-]{6})/gi,
  /\bIDENTIFIED\s+(?:WITH\s+\S{1,40}\s+)?(?:BY|AS)\s+(?:PASSWORD\s+)?/gi,
  /\b(?:requirepass|masterauth|sentinel\s+auth-pass\s+\S{1,64})\s+/gi,
  /(?:^|[\s"'`])AUTH\s+(?:[A-Za-z][\w-]{0,60}\s+(?=[^\s'"`]{3,}(?:["'`]|\s*$|\r?\n)))?(?!(?:PLAIN|LOGIN|failed|failure|error|is|was|required|token|TLS|command|mechanism|called)\b)/g,
  /\bAUTH\s+(?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5)\s+(?![a-z']+(?:\s|$))/g,
  // The second word is the password; a dialogue has it on a line of its own.
  /\bAUTH\s+LOGIN\s+[\w+/=.@-]{1,200}\s+(?=[^\s\d=]{0,60}[\d=])/g,
  /\b334 UGFzc3dvcmQ6\s{1,4}(?:(?:C:|>+|<-+|-+>)\s?)?(?=\S)/g,
  /\bUSER\s+\S{1,100}\s{1,4}(?:[CS]:\s?|>+\s?)?PASS\s+(?=\S)/g,
  /(?:^|\s)(?:C: ?|>+ ?)PASS\s+(?=\S)/g,
  /(?:^|[\n:>]\s?)[A-Za-z]{0,3}\d{1,6}\s+LOGIN\s+\S{1,100}\s+(?=\S)/g,
  /\bNickServ\s+:?IDENTIFY\s+(?:[^\s:]{1,60}\s+(?=\S))?/gi,
  /\bWIFI:[^\n]{0,200}?\bP:/g,
  // An address that lets in whoever has it: only where it looks like that.
  /[?&](?:code|key|k|t|h|hash|ticket)=(?=[\w~.%+/-]{0,80}\d)(?=[\w~.%+/-]{0,80}[A-Z])(?=[\w~.%+/-]{0,80}[a-z])(?=[\w~.%+/-]{24})/gi,
  /\bs:\d{1,4}:\\?"[^"\\]{0,60}(?:password|passwd|secret|token|api_?key)\\?";s:\d{1,6}:/gi,
];
const hasPhrase =
  /\bAUTH\b|[?&]|\bPASS\b|\bLOGIN\b|NickServ|WIFI:|\b334 |identified|requirepass|masterauth|auth-pass|\bs:\d|SecureString|crypt|:[\d*]+:|\/(?:reset|password|magic|verify|confirm|invite|activate)/i;

const hasCommand =
  /\b(?:curl|wget|xh|aria2c|my(?:sql|cli)|mariadb|sshpass|mongo|sqlcmd|influx|login|redis-cli|ldap|smbclient|rpcclient|net|htpasswd|zip|unzip|7z|rar|openssl|aws|npm|yarn|pnpm|export|https?\s+-|sqlplus|set(?:x|env)?\b|ENV|machine|rabbitmqctl|acl\s|echo\s|printf\s|bcp|isql|cqlsh|mosquitto_|user(?:add|mod|name)|groupmod|adduser|lftp|snmp|vault|wpa_|config:set|secrets?\s+set|enable\s|neighbor\s|tacacs|radius|key-string)|--from-literal/i;
const MOST_LOOKED_AT = 2_000;

export function findCommands(finder: Finder): void {
  const { text } = finder;
  if (hasCommand.test(text)) for (const command of commands) findCommand(finder, command);
  if (!hasPhrase.test(text)) return;
  for (const phrase of phrases) {
    phrase.lastIndex = 0;
    for (let match = phrase.exec(text); match !== null; match = phrase.exec(text)) {
      phrase.lastIndex = take(finder, phrase.lastIndex);
    }
  }
}

function findCommand(finder: Finder, { name, flag }: Command): void {
  const { text } = finder;
  name.lastIndex = 0;
  for (let match = name.exec(text); match !== null; match = name.exec(text)) {
    const { index } = match;
    const end = Math.min(endOfLine(text, index), index + MOST_LOOKED_AT);
    const line = text.slice(index, end);
    flag.lastIndex = 0;
    while (flag.exec(line) !== null) {
      flag.lastIndex = take(finder, index + flag.lastIndex) - index;
    }
    name.lastIndex = Math.max(end, name.lastIndex);
  }
}

/** Takes the value that begins at `start`, and returns where it ends. */
function take(finder: Finder, start: number): number {
  const { text } = finder;
  const end = Math.max(start, endOfValue(text, start));
  const value = text.slice(start, Math.min(end, start + 80));
  if (end > start && !isNoValue(value) && !goesOn(value) && !isState(value)) finder.add(start, end);
  return end;
}
