import type { Source } from '../rows.ts';

/**
 * Those who stand on top of a driver: Sequelize, TypeORM, MikroORM, Knex, Kysely, Objection. All give way to the driver's
 * error inside (`original`, `driverError`, `nativeError`, `cause`), which knows more.
 */
export const orm: Source = {
  source: 'database',
  name: [
    // No connection was got.
    [
      'transient',
      'safe',
      `SequelizeConnectionError SequelizeConnectionRefusedError SequelizeConnectionTimedOutError
       SequelizeConnectionAcquireTimeoutError SequelizeHostNotFoundError
       SequelizeHostNotReachableError KnexTimeoutError`,
      { hint: true },
    ],
    ['transient', 'idempotent', 'ConnectionException', { hint: true }],
    // Lost to another transaction; nothing was written.
    [
      'transient',
      'safe',
      `SequelizeTimeoutError SequelizeOptimisticLockError OptimisticLockVersionMismatchError
       OptimisticLockError DeadlockException LockWaitTimeoutException`,
      { blame: 'request', hint: true },
    ],
    [
      'permanent',
      'never',
      'SequelizeInvalidConnectionError SequelizeAccessDeniedError',
      {
        hint: true,
      },
    ],
    [
      'permanent',
      'never',
      `SequelizeUniqueConstraintError SequelizeForeignKeyConstraintError
       SequelizeExclusionConstraintError SequelizeUnknownConstraintError SequelizeValidationError
       SequelizeBulkRecordError SequelizeEmptyResultError SequelizeInstanceError
       EntityNotFoundError NoResultError UniqueViolationError NotNullViolationError
       ForeignKeyViolationError CheckViolationError ConstraintViolationError
       UniqueConstraintViolationException ForeignKeyConstraintViolationException
       NotNullConstraintViolationException CheckConstraintViolationException`,
      { hint: true },
    ],
    [
      'permanent',
      'never',
      `SequelizeQueryError SequelizeEagerLoadingError SequelizeAssociationError SequelizeScopeError
       TableNotFoundException SyntaxErrorException InvalidFieldNameException
       NonUniqueFieldNameException`,
      { blame: 'self', hint: true },
    ],
    [
      'unknown',
      'idempotent',
      'SequelizeDatabaseError SequelizeBaseError QueryFailedError DrizzleQueryError DriverException DBError DataError',
      { hint: true },
    ],
  ],
};
