// A 429 holds back its own call and nobody else, and that call comes back when the server said so.
//
//     node scripts/run.mjs examples/throttled-crowd.ts
import { resilientFetch } from 'holdfast';
import { faultyServer, ondemandFault } from 'holdfast/testing';

await using server = await faultyServer();
const fetch = resilientFetch();

// One caller is told to wait half a second.
server.play(
  ondemandFault('rate_limit_exceeded', { retryAfter: { form: 'retry-after-ms', ms: 500 } }),
);
const startedAt = performance.now();
const throttled = fetch(`${server.url}/plugin/v1/list`).then(({ status }) => ({
  status,
  tookMs: performance.now() - startedAt,
}));
while (server.counts.requests === 0) await new Promise((resolve) => setTimeout(resolve, 1));

// Eight more callers come meanwhile. The server accepts them, so they do not notice.
const others = await Promise.all(
  Array.from({ length: 8 }, () => fetch(`${server.url}/plugin/v1/list`)),
);
const tookMs = performance.now() - startedAt;
console.log(`${others.filter(({ ok }) => ok).length} of 8 answered`);
console.log(tookMs < 500 ? 'before the throttled call came back' : 'too late');
// → 8 of 8 answered
// → before the throttled call came back

const { status, tookMs: waitedMs } = await throttled;
console.log(status, waitedMs >= 500 ? 'not before the server allowed it' : 'too early');
// → 200 not before the server allowed it
