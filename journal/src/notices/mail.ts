/** Messages as mail, in plain text: nothing of a failure is ever markup. */
import { createTransport, type Transporter } from 'nodemailer';
import { grouped } from '../record/shown.ts';
import type { Message, Told } from './message.ts';
import type { Sender } from './notifier.ts';

export interface MailOptions {
  /** `smtp://user:password@host:587` */
  readonly smtpUrl: string;
  readonly from: string;
}

const WAIT = 10_000;

export function mail({ smtpUrl, from }: MailOptions): Sender {
  const transport: Transporter = createTransport({
    url: smtpUrl,
    connectionTimeout: WAIT,
    greetingTimeout: WAIT,
    socketTimeout: WAIT,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(message, { target }) {
      await transport.sendMail({
        from: { name: 'kedge journal', address: from },
        to: { name: '', address: target },
        subject: subjectOf(message),
        text: textOf(message),
        messageId: `<${message.id}.${message.project.id}@${from.split('@')[1]}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      });
    },

    async check() {
      await transport.verify();
    },
  };
}

const words = { new: 'New', regressed: 'Back' } as const;

function subjectOf({ type, project, groups }: Message): string {
  const [only] = groups;
  if (only === undefined) return `[${project.name}] A test of the journal`;
  if (type !== 'groups.digest') return `[${project.name}] ${words[only.was]}: ${only.title}`;
  const count = (was: Told['was']): number => groups.filter((one) => one.was === was).length;
  return `[${project.name}] ${grouped(count('new'))} new failures, ${grouped(count('regressed'))} back`;
}

function textOf({ groups, project }: Message): string {
  if (groups.length === 0) return `Notices of ${project.name} get through to you.\n`;
  return groups.map(toldIn).join('\n');
}

function toldIn(told: Told): string {
  const { was, title, culprit, service, severity, release, seen, users, url } = told;
  const about = [severity, service, release].filter((text) => text !== '').join(' · ');
  return [
    `${words[was]}: ${plain(title)}`,
    ...(culprit === '' ? [] : [plain(culprit)]),
    plain(about),
    `seen ${grouped(seen)}, users ${grouped(users)}, last ${told.lastSeen}`,
    url,
    '',
  ].join('\n');
}

/** Programs that show mail make links of addresses; one of a failure is none of the journal's. */
const plain = (text: string): string => text.replaceAll('://', ': //');
