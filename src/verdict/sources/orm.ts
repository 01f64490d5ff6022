import { row, type Source } from '../rows.ts';

/**
 * Those who stand on top of a driver: Sequelize, TypeORM, MikroORM, Knex, Kysely, Objection. All give way to the driver's
 * error inside (`original`, `driverError`, `nativeError`, `cause`), which knows more.
 */
export const orm: Source = {
  source: 'database',
  name: [
    // No connection was got.
    row(
      'transient',
      'safe',
      `SequelizeConnectionError SequelizeConnectionRefusedError SequelizeConnectionTimedOutError
       SequelizeConnectionAcquireTimeoutError SequelizeHostNotFoundError
       SequelizeHostNotReachableError KnexTimeoutError`,
      { hint: true },
    ),
    row('transient', 'idempotent', 'ConnectionException', { hint: true }),
    // Lost to another transaction; nothing was written.
    row(
      'transient',
      'safe',
      `SequelizeTimeoutError SequelizeOptimisticLockError OptimisticLockVersionMismatchError
       OptimisticLockError DeadlockException LockWaitTimeoutException`,
      { blame: 'request', hint: true },
    ),
    row('permanent', 'never', 'SequelizeInvalidConnectionError SequelizeAccessDeniedError', {
      hint: true,
    }),
    row(
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
    ),
    row(
      'permanent',
      'never',
      `SequelizeQueryError SequelizeEagerLoadingError SequelizeAssociationError SequelizeScopeError
       TableNotFoundException SyntaxErrorException InvalidFieldNameException
       NonUniqueFieldNameException`,
      { blame: 'self', hint: true },
    ),
    row(
      'unknown',
      'idempotent',
      'SequelizeDatabaseError SequelizeBaseError QueryFailedError DrizzleQueryError DriverException DBError DataError',
      { hint: true },
    ),
  ],
};
