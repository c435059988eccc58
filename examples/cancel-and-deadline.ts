// Abort ends a call from any state, and a total deadline bounds everything, waits included.
//
//     node scripts/run.mjs examples/cancel-and-deadline.ts
import { reportOf, resilientFetch } from 'holdfast';
import { faultyServer, ondemandFault } from 'holdfast/testing';

await using server = await faultyServer();
const url = `${server.url}/plugin/v1/list`;

// The caller gives up during a backoff: the call settles at once, with the signal's own reason.
server.startOutage();
const slow = resilientFetch(globalThis.fetch, { retry: { baseDelayMs: 60_000, jitter: 'none' } });
const controller = new AbortController();
setTimeout(() => controller.abort(new Error('the user left the page')), 100);
const reason = await slow(url, { signal: controller.signal }).catch((error: unknown) => error);
console.log(reason === controller.signal.reason, (reason as Error).message);
// → true the user left the page

// The server says "come back in 10 s", and the call has 2 s: it ends now, with the hint.
server.endOutage();
server.play(ondemandFault('rate_limit_exceeded', { retryAfter: { form: 'seconds', ms: 10_000 } }));
const hasty = resilientFetch(globalThis.fetch, { totalTimeoutMs: 2000 });
const startedAt = performance.now();
const response = await hasty(url);
const last = reportOf(response)?.attempts.at(-1);
console.log(response.status, `come back in ${last?.classification?.retryAfterMs} ms`);
console.log('waited for nothing:', performance.now() - startedAt < 1000);
// → 429 come back in 10000 ms
// → waited for nothing: true
