// A policy of your own: an object with `execute`. This one bounds how many attempts run at once.
//
//     node scripts/run.mjs examples/custom-policy.ts
import { asMiddleware, pipeline, retry, type Policy } from 'holdfast';
import { faultyServer } from 'holdfast/testing';

function atMost(limit: number): Policy {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    async execute(operation, options) {
      if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
      else running += 1;
      try {
        // Hand the options on as they came: that is how the layers share one call.
        return await pipeline().execute(operation, options);
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running -= 1;
      }
    },
  };
}

await using server = await faultyServer();
// Innermost, so that an attempt holds its place only while it runs, never during a backoff.
const fetch = asMiddleware(pipeline(retry(), atMost(3)))(globalThis.fetch);

server.play({ kind: 'slow-headers', delayMs: 20 }, { times: 12 });
const responses = await Promise.all(
  Array.from({ length: 12 }, () => fetch(`${server.url}/plugin/v1/list`)),
);
console.log(`${responses.filter(({ ok }) => ok).length} of 12 answered`);
console.log(`never more than ${server.counts.maxInFlight} at once`);
// → 12 of 12 answered
// → never more than 3 at once
