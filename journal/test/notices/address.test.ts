import { describe, expect, it } from 'vitest';
import { addressesOf, isPublic, type Resolve } from '../../src/notices/address.ts';

const answers =
  (...addresses: string[]): Resolve =>
  () =>
    Promise.resolve(
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

describe('an address', () => {
  it.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fe80::1',
    'ff02::1',
    'no address',
  ])('is not public: %s', (address) => {
    expect(isPublic(address)).toBe(false);
  });

  it.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111'])('is public: %s', (address) => {
    expect(isPublic(address)).toBe(true);
  });
});

describe('a host', () => {
  it('is reached by its addresses, if all of them are public', async () => {
    const url = new URL('https://chat.example.org/hook');
    expect(await addressesOf(url, [], answers('8.8.8.8', '2606:4700::1111'))).toHaveLength(2);
    await expect(addressesOf(url, [], answers('8.8.8.8', '10.0.0.1'))).rejects.toThrow(
      'chat.example.org is not public, and ALLOWED_TARGETS does not name it.',
    );
    await expect(addressesOf(url, [], answers())).rejects.toThrow('has no address');
  });

  it('may be private if it is named', async () => {
    const url = new URL('http://Chat.Internal/hook');
    expect(await addressesOf(url, ['chat.internal'], answers('10.0.0.1'))).toHaveLength(1);
  });

  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://[::1]/',
    'http://[::ffff:7f00:1]/',
    'http://169.254.169.254/latest',
  ])('is no way around that, whatever way it is written: %s', async (text) => {
    await expect(addressesOf(new URL(text), [], answers('8.8.8.8'))).rejects.toThrow('not public');
  });
});
