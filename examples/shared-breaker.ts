// One breaker for two clients of the same API: a failure of one counts for both.
//
//     node scripts/run.mjs examples/shared-breaker.ts
import { CircuitOpenError, circuitBreaker, resilientFetch } from 'holdfast';
import { faultyServer } from 'holdfast/testing';

await using server = await faultyServer();

// The classic breaker refuses at once; the default one lets calls wait a moment.
const breaker = circuitBreaker({
  mode: 'classic',
  openMs: 1000,
  onEvent: (event) => {
    if (event.type === 'circuit-changed') console.log(`circuit: ${event.from} → ${event.to}`);
  },
});
const options = { circuitBreaker: breaker, retry: false } as const;
const chat = resilientFetch(globalThis.fetch, options);
const media = resilientFetch(globalThis.fetch, options);

// The API goes down. Failures of both clients, on more than one route, open the circuit of its origin.
server.startOutage();
const paths = ['/chat/v1/sessions', '/plugin/v1/list'];
for (let call = 0; call < 5; call += 1) {
  await (call % 2 === 0 ? chat : media)(`${server.url}${paths[call % 2]}`);
}
// → circuit: closed → open

// Both are refused at once now, without asking the server.
const before = server.counts.requests;
const refused = await media(`${server.url}/media/v1/public/file`).catch((error: unknown) => error);
console.log(refused instanceof CircuitOpenError, server.counts.requests - before, 'requests sent');
// → true 0 requests sent

// The error says when to come back. One probe then finds the server well, and closes the circuit.
server.endOutage();
const { retryAfterMs = 0 } = refused as CircuitOpenError;
await new Promise((resolve) => setTimeout(resolve, retryAfterMs + 5));
console.log((await media(`${server.url}/media/v1/public/file`)).status, breaker.state(server.url));
// → circuit: open → half-open
// → circuit: half-open → closed
// → 200 closed
