// A table of your own API's error codes: every policy acts on it.
//
//     node scripts/run.mjs examples/custom-catalog.ts
import { classify, resilientFetch } from 'holdfast';
import { defineCatalog } from 'holdfast/catalogs';
import { faultyServer } from 'holdfast/testing';

// This API answers every failure with 400, and gives the reason in a code.
const warehouse = defineCatalog({
  name: 'warehouse',
  hosts: ['warehouse.example.com'],
  codes: {
    STOCK_LOCKED: 'retryable',
    PICKERS_BUSY: 'throttle',
    NO_SUCH_ITEM: 'fatal',
  },
});

await using server = await faultyServer();
const answer = (errorCode: string) => ({
  kind: 'error' as const,
  status: 400,
  errorCode,
  message: errorCode,
});

// By its status a 400 is the caller's fault. By its code this one is worth another try.
const failure = { status: 400, body: { errorCode: 'STOCK_LOCKED' } };
console.log(classify(failure).category, '→', classify(failure, { catalog: warehouse }).category);
// → fatal → retryable

const fetch = resilientFetch(globalThis.fetch, {
  catalog: warehouse,
  retry: { baseDelayMs: 20 },
  onEvent: (event) => {
    if (event.type !== 'attempt-ended') return;
    const { errorCode, category } = event.classification;
    if (category !== 'success')
      console.log(`attempt ${event.attempt}: ${errorCode} is ${category}`);
  },
});

server.play([answer('STOCK_LOCKED')]);
console.log((await fetch(`${server.url}/plugin/v1/list`)).status);
// → attempt 1: STOCK_LOCKED is retryable
// → 200

server.play([answer('NO_SUCH_ITEM')]);
console.log((await fetch(`${server.url}/plugin/v1/list`)).status);
// → attempt 1: NO_SUCH_ITEM is fatal
// → 400
