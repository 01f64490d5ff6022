/** Passwords as `scrypt` makes them; a wrong name takes as long as a wrong password. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** 16 MiB and about a fifth of a second (OWASP's cheat sheet on password storage: N = 2^14, r = 8, p = 5). */
const COST = { N: 2 ** 14, r: 8, p: 5, maxmem: 32 * 2 ** 20 };
const LENGTH = 32;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt);
  return `scrypt:${salt.toString('base64url')}:${hash.toString('base64url')}`;
}

/** `hash` is empty for an account that has none, and missing where there is no such account. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt, known] = /^scrypt:([\w-]+):([\w-]+)$/.exec(hash ?? '') ?? [];
  const made = await derive(password, Buffer.from(salt ?? 'nobody', 'base64url'));
  return known !== undefined && timingSafeEqual(made, Buffer.from(known, 'base64url'));
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, LENGTH, COST, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}
