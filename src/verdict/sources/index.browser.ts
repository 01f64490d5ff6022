/** What `classify` knows under the condition `browser`: no databases, no drivers, no sockets of Node. */
import type { Source } from '../rows.ts';
import type { Verdict } from '../verdict.ts';
import { application } from './application.ts';
import { fetches } from './fetch.ts';
import { http } from './http.ts';
import { validation } from './validation.ts';

/** In this order they are asked. */
export const sources: readonly Source[] = [application, fetches, http, validation];

/** There is no system call to ask. */
export function proven(known: Verdict): Verdict {
  return known;
}

/** Where the error behind an error stands, besides `cause`. */
export const links = ['originalError', 'networkError'] as const;
