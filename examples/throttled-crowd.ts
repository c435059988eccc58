// A 429 stops the whole crowd and not only its own caller, and nobody comes back too early.
//
//     node scripts/run.mjs examples/throttled-crowd.ts
import { resilientFetch } from 'holdfast';
import { faultyServer, ondemandFault } from 'holdfast/testing';

await using server = await faultyServer();
let tellPaused = () => {};
const paused = new Promise<void>((resolve) => (tellPaused = resolve));
const fetch = resilientFetch(globalThis.fetch, {
  onEvent: (event) => {
    if (event.type !== 'key-paused') return;
    console.log(`paused for ${event.pauseMs} ms`);
    tellPaused();
  },
});

// One caller is told to wait half a second.
server.play(
  ondemandFault('rate_limit_exceeded', { retryAfter: { form: 'retry-after-ms', ms: 500 } }),
);
const first = fetch(`${server.url}/plugin/v1/list`);
await paused;
// → paused for 500 ms

// Eight more callers come while the key is paused. They wait, and then go one after the other.
const others = Array.from({ length: 8 }, () => fetch(`${server.url}/plugin/v1/list`));
const responses = await Promise.all([first, ...others]);
console.log(`${responses.filter(({ ok }) => ok).length} of 9 answered`);

const [throttledAt = 0, ...later] = server.requests.map(({ at }) => at);
console.log(`${later.filter((at) => at < throttledAt + 500).length} requests came too early`);
const tookMs = Math.max(...later) - Math.min(...later);
console.log(tookMs > 300 ? 'they came one after the other' : 'they came all at once');
// → 9 of 9 answered
// → 0 requests came too early
// → they came one after the other
