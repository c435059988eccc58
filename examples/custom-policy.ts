// A policy of your own: a gate that lets nothing in while the upstream is under maintenance.
//
//     node scripts/run.mjs examples/custom-policy.ts
import { asMiddleware, definePolicy, pipeline, retry } from 'holdfast';
import { faultyServer } from 'holdfast/testing';

let isUnderMaintenance = false;
const answered: string[] = [];

const maintenance = definePolicy({
  enter({ key }) {
    if (isUnderMaintenance) throw new Error(`${key.slice(0, 4)}… is under maintenance`);
    return performance.now();
  },
  // The record says what the attempt gave, and how that was classified.
  left(_startedAt, { number, classification }) {
    answered.push(`attempt ${number}: ${classification?.category}`);
  },
});

await using server = await faultyServer();
// Inside the retry, so that every attempt asks it.
const fetch = asMiddleware(pipeline(retry({ baseDelayMs: 1 }), maintenance))(globalThis.fetch);

server.play({ kind: 'answer', status: 503 }, { times: 1 });
await fetch(`${server.url}/plugin/v1/list`);
console.log(answered.join(', '));
// → attempt 1: retryable, attempt 2: success

isUnderMaintenance = true;
await fetch(`${server.url}/plugin/v1/list`).catch(({ message }: Error) => console.log(message));
// → http… is under maintenance
