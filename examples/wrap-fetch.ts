// Wrap a fetch once, and call it like any other fetch.
//
//     node scripts/run.mjs examples/wrap-fetch.ts
import { reportOf, resilientFetch } from 'holdfast';
import { ondemand } from 'holdfast/catalogs';
import { faultyServer, ondemandFault } from 'holdfast/testing';

await using server = await faultyServer();
const fetch = resilientFetch(globalThis.fetch, { catalog: ondemand });

// The server is down, then too busy for 300 ms, then well again.
server.play([
  ondemandFault('resource_unavailable'),
  ondemandFault('rate_limit_exceeded', { retryAfter: { form: 'retry-after-ms', ms: 300 } }),
]);
const response = await fetch(`${server.url}/plugin/v1/list`);

console.log(`the caller got ${response.status}`);
// → the caller got 200

for (const { number, waitedMs, classification } of reportOf(response)?.attempts ?? []) {
  const { category, errorCode = 'no error', retryAfterMs } = classification ?? {};
  console.log(`attempt ${number}: ${category}, ${errorCode}`);
  if (retryAfterMs !== undefined) console.log(`  the server asked for ${retryAfterMs} ms`);
  if (waitedMs >= 300) console.log('  waited at least as long as the server had asked for');
}
// → attempt 1: retryable, resource_unavailable
// → attempt 2: throttle, rate_limit_exceeded
// → the server asked for 300 ms
// → attempt 3: success, no error
// → waited at least as long as the server had asked for

// A wrong request is not sent a second time.
server.clear();
const missing = await fetch(`${server.url}/no/such/path`);
console.log(`${missing.status} after ${server.counts.requests} request`);
const { category, decidedBy } = reportOf(missing)?.attempts[0]?.classification ?? {};
console.log(`because it is ${category}, says the ${decidedBy}`);
// → 404 after 1 request
// → because it is fatal, says the catalog
