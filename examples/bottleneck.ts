// You have a Bottleneck limiter already: keep it, and let holdfast do the rest.
//
//     node scripts/run.mjs examples/bottleneck.ts
import Bottleneck from 'bottleneck';
import { reportOf, resilientFetch } from 'holdfast';
import { bottleneckLimiter } from 'holdfast/bottleneck';
import { faultyServer, ondemandFault } from 'holdfast/testing';

await using server = await faultyServer();
const limiter = new Bottleneck({ maxConcurrent: 2 });
const fetch = resilientFetch(globalThis.fetch, { rateLimit: bottleneckLimiter(limiter) });

// Eight requests, two at a time.
server.play({ kind: 'slow-headers', delayMs: 20 }, { times: 8 });
const responses = await Promise.all(
  Array.from({ length: 8 }, () => fetch(`${server.url}/plugin/v1/list`)),
);
console.log(`${responses.filter(({ ok }) => ok).length} of 8 answered`);
console.log(`never more than ${server.counts.maxInFlight} at once`);
// → 8 of 8 answered
// → never more than 2 at once

// A retry joins the line again: no slot is held through a backoff.
server.play(ondemandFault('bad_gateway'));
const response = await fetch(`${server.url}/plugin/v1/list`);
console.log(response.status, `after ${reportOf(response)?.attempts.length} attempts`);
console.log(limiter.empty() ? 'the limiter is empty' : 'somebody still waits');
// → 200 after 2 attempts
// → the limiter is empty

// A refusal by Bottleneck is an error that says so.
await limiter.stop();
const refused = await fetch(`${server.url}/plugin/v1/list`).catch((error: Error) => error.name);
console.log(refused);
// → RateLimitedError
