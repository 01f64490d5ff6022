/** Who somebody is by the word of a proxy: a header, believed of proxies that were named and of nobody else. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Settings } from '../settings.ts';

/** The name of an account, or nothing where no such proxy says one. */
export type ProxyUser = (request: IncomingMessage | undefined) => string | undefined;

export function proxyUserOf({
  userHeader,
  trustedProxies = [],
}: Pick<Settings, 'userHeader' | 'trustedProxies'>): ProxyUser {
  if (userHeader === undefined) return () => undefined;
  const trusted = new BlockList();
  for (const network of trustedProxies) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  return (request) => {
    const from = request?.socket.remoteAddress ?? '';
    const family = isIP(from) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(from) === 0 || !trusted.check(from, family)) return undefined;
    const name = request?.headers[userHeader];
    return typeof name === 'string' && name !== '' ? name : undefined;
  };
}
