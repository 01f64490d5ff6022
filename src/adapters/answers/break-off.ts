/** Ending an answer that cannot be completed, so that nobody takes the part for the whole. */
import { constants, type ServerHttp2Stream } from 'node:http2';
import { isObject } from '../../verdict/error-like.ts';

/** What is used of a response of node:http or node:http2. */
export interface Breakable {
  readonly stream?: unknown;
  destroy(error?: Error): unknown;
}

/**
 * Cuts off an answer that has begun. On a connection of its own (HTTP/1) it is enough to close that. A stream of HTTP/2
 * that is destroyed without a reason ends with NO_ERROR, which is how a whole answer ends (RFC 9113, 8.1); so it does where
 * it is destroyed before the reason has left, in the turn in which its headers were written.
 */
export function breakOff(response: Breakable): void {
  if (isOpenStream(response.stream)) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else response.destroy();
}

/** Makes `response.destroy()`, which frameworks call where a body has failed, such an end as well. */
export function breakOffOnDestroy(response: Breakable): void {
  const { stream } = response;
  if (!isObject(stream)) return;
  const { destroy } = response;
  response.destroy = function destroyWithReason(error) {
    if (!isOpenStream(stream)) return destroy.call(this, error);
    stream.once('close', () => destroy.call(this, error));
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return this;
  };
}

function isOpenStream(stream: unknown): stream is ServerHttp2Stream {
  const { close, closed } = (stream ?? {}) as { close?: unknown; closed?: unknown };
  return typeof close === 'function' && closed === false;
}
