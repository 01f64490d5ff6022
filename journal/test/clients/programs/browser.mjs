// Unchanged @sentry/browser, in a page of another origin. The page sets `dsn`.
import * as Sentry from '@sentry/browser';

Sentry.init({ dsn: globalThis.dsn, release: 'shop@2.4.0' });

function checkOut(at) {
  throw new TypeError(`basket ${at} is empty`);
}

for (let at = 0; at < 10; at++) {
  try {
    checkOut(at);
  } catch (error) {
    Sentry.captureException(error);
  }
}
setTimeout(() => {
  throw new Error('nobody caught it');
});
globalThis.sent = new Promise((resolve) => {
  setTimeout(resolve, 100);
}).then(() => Sentry.flush(10_000));
