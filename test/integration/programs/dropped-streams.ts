// How many sockets stay open where streams are dropped unread, with nobody to cancel them, and how much
// of a usage limit stays taken: prints both as JSON. A process of its own, with --expose-gc.
import { controlOf, eventStreams, resilientFetch } from '../../../src/index.ts';
import { usageLimits, usageOf } from '../../../src/usage.ts';
import { eventually, pause, plainServer } from '../plain-server.ts';

const STREAMS = 20;

const server = await plainServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: {"a":1}\n\n');
});

const streams = eventStreams({ streamIdleTimeoutMs: 60_000 });
const limits = () =>
  usageLimits({
    limits: [{ per: 'hour', tokens: 1e6, burst: 1e6, cost: () => 1000, settle: usageOf }],
  });

const fetches = {
  bare: globalThis.fetch,
  streams: resilientFetch(globalThis.fetch, { streams }),
  usage: resilientFetch(globalThis.fetch, { rateLimit: limits() }),
  both: resilientFetch(globalThis.fetch, { rateLimit: limits(), streams }),
};

const left: Record<string, number> = {};
const taken: Record<string, number> = {};
for (const [name, fetch] of Object.entries(fetches)) {
  const before = server.counts.inFlight;
  const drop = async () => {
    for (let count = 0; count < STREAMS; count += 1) await fetch(server.url);
  };
  await drop();
  await eventually(async () => {
    globalThis.gc?.();
    await pause(20);
    return server.counts.inFlight === before;
  });
  left[name] = server.counts.inFlight - before;
  const [limit] = name === 'bare' ? [] : controlOf(fetch).state(server.url).usage;
  if (limit) taken[name] = Math.round((limit.amount - limit.left) / 1000);
}
console.log(JSON.stringify({ left, taken }));
await server.close();
