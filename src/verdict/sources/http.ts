import type { Source } from '../rows.ts';
import { statuses } from './statuses.ts';

/** Statuses, and the codes of axios, which leaves the rest to them or to the cause. */
export const http: Source = {
  source: 'http',
  status: statuses,
  code: [
    ['transient', 'idempotent', 'ERR_BAD_RESPONSE ERR_NETWORK', { hint: true }],
    ['permanent', 'never', 'ERR_BAD_REQUEST', { hint: true }],
    [
      'permanent',
      'never',
      'ERR_BAD_OPTION ERR_BAD_OPTION_VALUE ERR_NOT_SUPPORT',
      {
        blame: 'self',
      },
    ],
    ['cancelled', 'never', 'ERR_CANCELED', { hint: true }],
  ],
  message: [['transient', 'idempotent', ['Network Error'], { hint: true }]],
  // A limit of this side, which axios calls a bad response.
  beginning: [['permanent', 'never', ['maxContentLength size of '], { blame: 'self' }]],
};
