/** Channels from what people type: the address of a webhook, or one of mail. */
import { isMailAddress } from '../settings/values.ts';
import type { Settings } from '../settings.ts';
import type { Channel, NewChannel, Store } from '../store/store.ts';
import { addressesOf, type Resolve } from './address.ts';
import { mail } from './mail.ts';
import type { Senders } from './notifier.ts';
import { newSecret } from './signature.ts';
import { webhook } from './webhook.ts';

const MOST = 20;
const LONGEST = 2_000;

/** Why there can be no such channel, as a sentence. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly code = 'KEDGE_JOURNAL_CHANNEL';
}

export type ChannelSettings = Pick<Settings, 'smtpUrl' | 'mailFrom' | 'allowedTargets'>;

/** Throws a `ChannelError` for what cannot be reached, or may not be. */
export async function addChannel(
  store: Store,
  { project, target, at }: { project: number; target: string; at: number },
  settings: ChannelSettings,
  resolve?: Resolve,
): Promise<void> {
  const text = target.trim();
  const { kind, target: address } = isMailAddress(text)
    ? mailTo(text, settings)
    : await webhookTo(text, settings, resolve);
  const others = (await store.channels()).filter((one) => one.project === project);
  if (others.some((one) => one.target === address)) throw new ChannelError('It is told already.');
  if (others.length >= MOST) throw new ChannelError(`A project has at most ${MOST} channels.`);
  await store.saveChannel({ project, kind, target: address, secret: newSecret(), created: at });
}

export function endChannel(store: Store, { id, ...channel }: Channel, at: number): Promise<number> {
  const { project, kind, target, secret, created } = channel;
  return store.saveChannel({ id, project, kind, target, secret, created, ended: at });
}

function mailTo(target: string, { smtpUrl }: ChannelSettings): Pick<NewChannel, 'kind' | 'target'> {
  if (smtpUrl === undefined) throw new ChannelError('Mail needs the setting SMTP_URL.');
  return { kind: 'mail', target };
}

async function webhookTo(
  text: string,
  { allowedTargets = [] }: ChannelSettings,
  resolve: Resolve | undefined,
): Promise<Pick<NewChannel, 'kind' | 'target'>> {
  const url = text.length > LONGEST ? null : URL.parse(text);
  const isPlain =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.hash}` === '';
  if (!isPlain) {
    throw new ChannelError(
      "A channel is an address such as 'https://chat.example.org/hooks/1' or 'team@example.org'.",
    );
  }
  try {
    await addressesOf(url, allowedTargets, resolve);
  } catch (error) {
    throw new ChannelError((error as Error).message);
  }
  return { kind: 'webhook', target: url.href };
}

export function sendersOf(
  { smtpUrl, mailFrom, allowedTargets = [] }: ChannelSettings,
  now: () => number,
): Senders {
  return {
    webhook: webhook({ named: allowedTargets, now }),
    mail:
      smtpUrl === undefined || mailFrom === undefined
        ? undefined
        : mail({ smtpUrl, from: mailFrom }),
  };
}
