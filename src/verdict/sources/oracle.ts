import { beginningIn, indexOf, recoded, type Row, type Source } from '../rows.ts';

const code: readonly Row[] = [
  // Lost to another transaction, or a lock that was not free.
  [
    'transient',
    'safe',
    'ORA-00054 ORA-00060 ORA-00104 ORA-01555 ORA-02049 ORA-04020 ORA-08176 ORA-08177 ORA-30006',
    { blame: 'request' },
  ],
  // The server has no room, is starting or stopping, or its listener does not know it yet.
  [
    'transient',
    'safe',
    `ORA-00018 ORA-00020 ORA-00257 ORA-01033 ORA-01034 ORA-01035 ORA-01089 ORA-01090 ORA-01109
     ORA-01652 ORA-01653 ORA-01654 ORA-02391 ORA-03136 ORA-04030 ORA-04031 ORA-12170 ORA-12505
     ORA-12514 ORA-12516 ORA-12518 ORA-12519 ORA-12520 ORA-12521 ORA-12525 ORA-12526 ORA-12527
     ORA-12528 ORA-12541 ORA-12543 ORA-12545 ORA-24418 ORA-24457 ORA-24459 NJS-040 NJS-076 NJS-082
     NJS-503 NJS-504 NJS-510 NJS-511 NJS-518 NJS-519`,
  ],
  // A standby, or a session that had ended or lost its packages before the statement.
  [
    'transient',
    'safe',
    `ORA-01012 ORA-02396 ORA-03114 ORA-04061 ORA-04065 ORA-04068 ORA-16000 ORA-16456 DPI-1010`,
    { connection: 'replace' },
  ],
  [
    'transient',
    'idempotent',
    `ORA-00028 ORA-00603 ORA-01041 ORA-01092 ORA-02399 ORA-03113 ORA-03135 ORA-12152 ORA-12153
     ORA-12157 ORA-12161 ORA-12537 ORA-12547 ORA-12560 ORA-12570 ORA-12571 ORA-12583 ORA-12757
     ORA-25401 ORA-25402 ORA-25408 ORA-25409 ORA-28511 NJS-500 NJS-501 NJS-513 NJS-521 DPI-1080`,
    { connection: 'replace' },
  ],
  // The caller's own callTimeout.
  ['timeout', 'idempotent', 'NJS-123 DPI-1067 ORA-03156'],
  ['timeout', 'never', 'ORA-01013'],
  [
    'permanent',
    'never',
    'NJS-505 NJS-506 NJS-507 NJS-508 ORA-00600 ORA-07445 ORA-01578',
    {
      blame: 'dependency',
    },
  ],
  [
    'permanent',
    'never',
    `ORA-00001 ORA-01400 ORA-01403 ORA-01407 ORA-01422 ORA-01427 ORA-01438 ORA-01476 ORA-01722
     ORA-01017 ORA-01031 ORA-01045 ORA-01841 ORA-01843 ORA-01858 ORA-01861 ORA-02289
     ORA-02290 ORA-02291 ORA-02292 ORA-02293 ORA-02299 ORA-04043 ORA-04091 ORA-06502 ORA-06503
     ORA-06508 ORA-06512 ORA-06550 ORA-12154 ORA-12838 ORA-12899 ORA-14400 ORA-28000 ORA-28001
     ORA-28009 ORA-40478 ORA-40441`,
  ],
];

// Statements (009), and what procedures raise (20000 to 20999).
const prefix: readonly Row[] = [
  ['permanent', 'never', 'ORA-009 ORA-017 ORA-018 ORA-20'],
  ['unknown', 'idempotent', 'ORA-'],
  ['permanent', 'never', 'NJS-0 NJS-1 NJS-51 NJS-52 DPI-', { blame: 'self' }],
];

/** https://docs.oracle.com/error-help/db/, and the driver's own NJS- and DPI- of node-oracledb. */
export const oracle: Source = {
  source: 'oracle',
  code,
  prefix,
  keys: ['errorNum'],
  // Older drivers have the number alone.
  read({ errorNum }, known) {
    if (known !== '' || typeof errorNum !== 'number') return undefined;
    const word = `ORA-${String(errorNum).padStart(5, '0')}`;
    return (
      indexOf('oracle', code, 'code').get(word) ??
      recoded(beginningIn(indexOf('oracle', prefix, 'prefix'), word), word)
    );
  },
};
