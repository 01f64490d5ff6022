// What a page does with the root entry, on the browser's own clock: bare modules, and no tool between.
import * as kedge from 'kedge';

const { bulkhead, circuitBreaker, constantBackoff, pipeline, presets, retry, timeout } = kedge;
const reset = () => Object.assign(new Error('connection reset'), { code: 'ECONNRESET' });

async function retries() {
  const attempts = [];
  const quotes = pipeline('quotes', retry({ maxAttempts: 4, backoff: constantBackoff(10) }));
  const value = await quotes.execute(({ attempt }) => {
    attempts.push(attempt);
    if (attempt < 3) throw reset();
    return 'quote';
  });
  return { value, attempts };
}

async function breaks() {
  const breaker = circuitBreaker({ minimumCalls: 3, openFor: 50, halfOpen: { probes: 1 } });
  const orders = pipeline('orders', breaker);
  let calls = 0;
  const states = [];
  const call = async (operation) => {
    const { reason } = await orders.settle(() => {
      calls++;
      return operation();
    });
    states.push(breaker.state);
    return reason;
  };
  for (let failure = 0; failure < 3; failure++) await call(() => Promise.reject(reset()));
  const refusal = await call(() => 'not called');
  await new Promise((resolve) => setTimeout(resolve, Math.ceil(refusal.retryAfter) + 5));
  await call(() => 'well again');
  return { calls, states, refusal: refusal.code };
}

async function timesOut() {
  const slow = pipeline('slow', timeout(50));
  let aborted;
  const { reason } = await slow.settle(({ signal }) => {
    signal.addEventListener('abort', () => (aborted = signal.reason));
    return fetch('/never', { signal });
  });
  return { code: reason.code, same: aborted === reason };
}

async function leaves() {
  const caller = new AbortController();
  const answer = pipeline('left', retry({ backoff: constantBackoff(60_000) })).settle(
    () => Promise.reject(reset()),
    { signal: caller.signal },
  );
  setTimeout(() => caller.abort('gone'), 5);
  return (await answer).reason;
}

async function together() {
  const all = pipeline('all', bulkhead({ maxConcurrent: 2 }), ...presets.http());
  const text = await all.execute(async ({ signal }) => (await fetch('/hello', { signal })).text());
  return { text, executions: all.stats().executions.success };
}

window.outcome = (async () => ({
  names: Object.keys(kedge).toSorted(),
  retries: await retries(),
  breaks: await breaks(),
  timesOut: await timesOut(),
  leaves: await leaves(),
  together: await together(),
}))();
