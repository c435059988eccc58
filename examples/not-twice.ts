// A POST that may have been acted on is not sent again behind your back.
//
//     node scripts/run.mjs examples/not-twice.ts
import { reportOf, resilientFetch } from 'holdfast';
import { faultyServer, ondemandFault } from 'holdfast/testing';

await using server = await faultyServer();
const fetch = resilientFetch(globalThis.fetch, { retry: { baseDelayMs: 20 } });
const upload = { method: 'POST', body: '{"name":"report.pdf"}' };
const url = `${server.url}/media/v1/public/file`;

// 504: the server may have done the work, and only its answer was lost. There is one request.
server.play(ondemandFault('plugin_execution_timeout'));
const unsure = await fetch(url, upload);
console.log(unsure.status, `after ${server.counts.requests} request`);
console.log(reportOf(unsure)?.stoppedBecause?.split(',')[0]);
// → 504 after 1 request
// → POST may have been acted on

// A 503 with a Retry-After: the server did not do the work, so the POST is repeated, byte for byte.
server.clear();
server.play(ondemandFault('resource_unavailable', { retryAfter: { form: 'seconds', ms: 1_000 } }));
console.log((await fetch(url, upload)).status, `after ${server.counts.requests} requests`);
const bodies = server.requests.map(({ body }) => new TextDecoder().decode(body));
console.log(new Set(bodies).size, 'distinct body');
// → 201 after 2 requests
// → 1 distinct body

// With an Idempotency-Key the server recognises a repetition, so a 504 is retried too.
server.clear();
server.play(ondemandFault('plugin_execution_timeout'));
const safe = { ...upload, headers: { 'idempotency-key': 'report-2026-11-22' } };
console.log((await fetch(url, safe)).status, `after ${server.counts.requests} requests`);
// → 201 after 2 requests

// A stream can be read only once: it is never buffered in secret, and never sent twice.
server.clear();
server.play(ondemandFault('resource_unavailable'));
const body = new Blob(['a stream']).stream();
const streamed = await fetch(url, { method: 'POST', body, duplex: 'half' } as RequestInit);
console.log(streamed.status, reportOf(streamed)?.stoppedBecause?.split(',')[0]);
// → 503 the body is a stream
