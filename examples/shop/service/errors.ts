/**
 * The one place where an error becomes an answer. Outside, nobody learns more than a status and a sentence.
 */
import type { ServerResponse } from 'node:http';
import { RejectedError, TimeoutError } from 'kedge';

export class NotFound extends Error {}

export function answerError(error: unknown, response: ServerResponse): void {
  const { status, text, retryAfter } = explain(error);
  if (retryAfter !== undefined) response.setHeader('retry-after', Math.ceil(retryAfter / 1_000));
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify({ status, error: text }));
}

function explain(error: unknown): { status: number; text: string; retryAfter?: number } {
  if (error instanceof NotFound) return { status: 404, text: error.message };
  if (error instanceof RejectedError) {
    return { status: 503, text: 'Please try again soon.', retryAfter: error.retryAfter ?? 1_000 };
  }
  if (error instanceof TimeoutError || (error as Error | null)?.name === 'TimeoutError') {
    return { status: 504, text: 'This took too long.' };
  }
  return { status: 502, text: 'Something that this page needs has failed.' };
}
