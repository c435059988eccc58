// Failures as values: a switch on `kind` that the compiler knows to be complete.
//
//     node scripts/run.mjs examples/result-flow.ts
import { circuitBreaker, resilientFetch } from 'holdfast';
import { ondemand } from 'holdfast/catalogs';
import { resultFetch, type ResilienceError } from 'holdfast/result';
import { faultyServer, ondemandFault } from 'holdfast/testing';

await using server = await faultyServer();
const breaker = circuitBreaker();
const fetch = resultFetch(
  resilientFetch(globalThis.fetch, {
    catalog: ondemand,
    retry: { maxRetries: 1, baseDelayMs: 20 },
    circuitBreaker: breaker,
    attemptTimeoutMs: 500,
  }),
);

// Leave a case out, and this function no longer compiles.
function advise(error: ResilienceError): string {
  switch (error.kind) {
    case 'http':
      return error.classification.category === 'fatal'
        ? `fix the request: ${error.classification.errorCode} (${error.status})`
        : `the server kept failing: ${error.classification.errorCode} (${error.status})`;
    case 'network':
      return `no connection: ${error.classification.errorCode}`;
    case 'timeout':
      return `no answer within ${error.timeoutMs} ms`;
    case 'circuit-open':
    case 'rate-limited':
      return error.retryAfterMs === undefined ? 'come back later' : 'come back when it says';
    case 'aborted':
      return 'nobody wants the answer any more';
    case 'unexpected':
      return `a bug: ${error.message}`;
  }
}

async function listPlugins(address: string, signal?: AbortSignal): Promise<string> {
  return fetch(`${address}/plugin/v1/list`, signal ? { signal } : undefined).match(
    (response) => `ok: ${response.status}`,
    advise,
  );
}

console.log(await listPlugins(server.url));
// → ok: 200

server.play(ondemandFault('unauthorized'));
console.log(await listPlugins(server.url));
// → fix the request: unauthorized (403)

server.play([ondemandFault('bad_gateway'), ondemandFault('bad_gateway')]);
console.log(await listPlugins(server.url));
// → the server kept failing: bad_gateway (502)

console.log(await listPlugins(server.refusedUrl));
// → no connection: ECONNREFUSED

server.play([{ kind: 'never-answers' }, { kind: 'never-answers' }]);
console.log(await listPlugins(server.url));
// → no answer within 500 ms

console.log(await listPlugins(server.url, AbortSignal.abort()));
// → nobody wants the answer any more

breaker.forceOpen(server.url);
console.log(await listPlugins(server.url));
// → come back later
