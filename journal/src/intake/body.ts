/** Reads and unpacks the body of a request. Both end at their limit, however much would follow. */
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  brotliDecompress,
  gunzip,
  gunzipSync,
  inflate,
  inflateRaw,
  zstdDecompress,
} from 'node:zlib';
import { bulkhead, pipeline } from 'kedge';
import type { Clock } from '../clock.ts';
import { Refusal } from './refusal.ts';

/** Of a request, as it comes and unpacked. */
export const MOST_BYTES: number = 20 * 1024 * 1024;
/** Shorter ones are unpacked at once; a thread of the pool would take longer to hear of them. */
const SHORT = 8 * 1024;
/** Each may take 20 MiB while it runs. */
const MOST_UNPACKING = 4;

type Unpack = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const unpacking = pipeline(
  'journal-unpack',
  bulkhead({ maxConcurrent: MOST_UNPACKING, maxQueued: 10_000 }),
);
const inflateZlib: Unpack = promisify(inflate);
const inflateBare: Unpack = promisify(inflateRaw);
const gzip: Unpack = promisify(gunzip);
const unpackers: Readonly<Record<string, Unpack>> = {
  gzip,
  // Some send zlib's format under this name, as the standard says, and some without its header.
  deflate: (body, options) =>
    isZlib(body) ? inflateZlib(body, options) : inflateBare(body, options),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};

const isZlib = (body: Buffer): boolean =>
  body.length > 2 && ((body[0] as number) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;

/** A client that is silent for so long is not waited for: others want the room that it has. */
const LONGEST_SILENCE = 5_000;

export interface Reading {
  readonly most?: number;
  readonly clock?: Clock;
  /** Asks for room as it gets longer than was known; the rest waits meanwhile. */
  readonly grow?: (bytes: number) => Promise<void> | undefined;
}

/** Throws a `Refusal` where it has more than `most` bytes, comes too slowly, or finds no room. */
export function readBody(
  stream: Readable,
  { most = MOST_BYTES, clock, grow }: Reading = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isSilent = false;
    let cancel: (() => void) | undefined;
    const listen = (): void => {
      isSilent = true;
      cancel = clock?.after(LONGEST_SILENCE, () => {
        if (isSilent && !stream.isPaused()) refuse(tooSlow());
        else listen();
      });
    };
    const refuse = (error: unknown): void => {
      cancel?.();
      stream.pause();
      reject(error);
    };
    stream.on('data', (chunk: Buffer) => {
      isSilent = false;
      size += chunk.length;
      if (size > most) return refuse(tooLarge(most));
      chunks.push(chunk);
      const growing = grow?.(size);
      if (growing === undefined) return;
      stream.pause();
      growing.then(() => stream.resume(), refuse);
    });
    stream.once('end', () => {
      cancel?.();
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    listen();
    const cutOff = (): void => {
      // `close` comes after every `end`, and an error costs as much as hundreds of lines.
      if (!stream.readableEnded) refuse(new Refusal(400, 'The request was cut off.'));
    };
    stream.once('error', cutOff);
    stream.once('close', cutOff);
    // Gone while it waited for room: there is nothing more to hear of it.
    if (stream.destroyed) cutOff();
  });
}

/** What the client says of the encoding counts first; some say nothing, and it shows. */
export async function unpack(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase().replace(/^x-/, '') ?? '';
  if (name !== '' && name !== 'identity' && !Object.hasOwn(unpackers, name)) {
    throw new Refusal(415, `The content encoding is none of ${Object.keys(unpackers).join(', ')}.`);
  }
  const unpacker = unpackers[name];
  if (unpacker !== undefined && body.length > 0) return unpackBy(unpacker, name, body);
  if (body[0] === 0x1f && body[1] === 0x8b) return unpackBy(gzip, 'gzip', body);
  const zlib = isBase64(body) ? Buffer.from(body.toString('latin1'), 'base64') : body;
  return isZlib(zlib) ? unpackBy(inflateZlib, 'deflate', zlib) : body;
}

/** Raven sends base64 of zlib's format, which begins with `eJ` or its like; JSON never does. */
const isBase64 = (body: Buffer): boolean =>
  body[0] === 0x65 && /^e[\w+/]{3}/.test(body.toString('latin1', 0, 4));

async function unpackBy(unpacker: Unpack, name: string, body: Buffer): Promise<Buffer> {
  const options = { maxOutputLength: MOST_BYTES };
  try {
    if (name === 'gzip' && body.length <= SHORT) return gunzipSync(body, options);
    return await unpacking.execute(() => unpacker(body, options));
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(MOST_BYTES);
    throw new Refusal(400, `The body is no valid ${name}.`);
  }
}

const tooSlow = (): Refusal => new Refusal(408, 'The request came too slowly.');
export const tooLarge = (most: number): Refusal =>
  new Refusal(413, `A request has at most ${most / 1024 / 1024} MiB, unpacked.`);
