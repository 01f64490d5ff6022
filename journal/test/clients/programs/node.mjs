// Unchanged @sentry/node. The DSN is all that it is told.
import * as Sentry from '@sentry/node';

Sentry.init({ dsn: process.env.DSN, release: 'shop@2.4.0', environment: 'test' });

class OrderError extends Error {
  name = 'OrderError';
}

function cancelOrder(at) {
  throw new OrderError(`order ${at} cannot be cancelled`, {
    cause: new TypeError(`no stock of ${at}`),
  });
}

for (let at = 0; at < 20; at++) {
  try {
    cancelOrder(at);
  } catch (error) {
    Sentry.captureException(error);
  }
}
Sentry.captureMessage('stock is low', 'warning');
await Sentry.flush(10_000);
// What nobody catches is sent before the process ends.
setImmediate(() => {
  throw new RangeError('crashed');
});
