/**
 * Where a webhook may lead: public addresses, and hosts that the operator has named. Otherwise whoever may set one could
 * make the journal talk to what only this machine reaches.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

const systemResolve: Resolve = (host) => lookup(host, { all: true });

/** IANA's registry of special IPv4 addresses, and multicast. */
const special = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
/** Of what is handed out of IPv6, what leads to other addresses or to none. */
const specialV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

const blocked = new BlockList();
for (const range of special) add(range, 'ipv4');
for (const range of specialV6) add(range, 'ipv6');
const handedOut = new BlockList();
handedOut.addSubnet('2000::', 3, 'ipv6');

function add(range: string, family: 'ipv4' | 'ipv6'): void {
  const [net = '', bits] = range.split('/');
  blocked.addSubnet(net, Number(bits), family);
}

export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !blocked.check(address, 'ipv4');
  return isIP(address) === 6 && handedOut.check(address, 'ipv6') && !blocked.check(address, 'ipv6');
}

/**
 * The addresses of the host, every one of them allowed. They are the ones to dial: another look-up may answer something
 * else. Throws where one is not public and the host is not named.
 */
export async function addressesOf(
  url: URL,
  named: readonly string[],
  resolve: Resolve = systemResolve,
): Promise<readonly LookupAddress[]> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  const found = family === 0 ? await resolve(host) : [{ address: host, family }];
  if (found.length === 0) throw new Error(`${host} has no address.`);
  if (!named.includes(host) && !found.every(({ address }) => isPublic(address))) {
    throw new Error(`${host} is not public, and ALLOWED_TARGETS does not name it.`);
  }
  return found;
}
