// Sends or takes in a long body through the wrapped fetch and prints what that cost in memory, as
// JSON. A process of its own, so that nothing else is counted.
import { eventStreams, resilientFetch } from '../../../src/index.ts';
import { PAUSE_MS } from '../stream-server.ts';

const [server = '', direction = '', size = '0', through = 'wrapped'] = process.argv.slice(2);
const bytes = Number(size);
const CHUNK = 64 * 1024;

const fetchInUse =
  through === 'bare'
    ? fetch
    : // Everything on: a body that could be kept for a retry would be kept here.
      resilientFetch(undefined, {
        retry: { maxRetries: 5, unsafeMethods: 'retry' },
        rateLimit: { ratePerSecond: 1000 },
        onEvent: () => {},
        streams: eventStreams({ streamIdleTimeoutMs: 60_000, firstByteTimeoutMs: 60_000 }),
      });

let here = 0;
/** How far the writer was ahead while the reader paused, at most. */
let mostAhead = 0;
let peakRss = 0;

async function up(total: number): Promise<number> {
  const body = new ReadableStream<Uint8Array>({
    type: 'bytes',
    pull(controller) {
      const length = Math.min(CHUNK, total - here);
      if (length > 0) controller.enqueue(new Uint8Array(length).fill(7));
      here += length;
      if (here >= total) controller.close();
    },
  });
  // Up to Node 24 fetch itself keeps a copy of every body for a redirect that may come (a tee whose
  // other half nobody reads), wrapped or not; unless it is told that none may come.
  const init = { method: 'POST', body, duplex: 'half', redirect: 'error' };
  const response = await fetchInUse(`${server}/up?bytes=${total}`, init as RequestInit);
  return Number(await response.text());
}

async function down(total: number): Promise<number> {
  const response = await fetchInUse(`${server}/${direction}?bytes=${total}`);
  let nextPause = total / 4;
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    here += chunk.byteLength;
    if (here < nextPause) continue;
    nextPause += total / 4;
    await new Promise((resolve) => {
      setTimeout(resolve, PAUSE_MS);
    });
  }
  return here;
}

const run = direction === 'up' ? up : down;
// What the first megabytes need in buffers and code is no extra memory.
await run(8 * CHUNK);
here = 0;
globalThis.gc?.();
const rssAtRest = process.memoryUsage.rss();

const sampling = setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 10);
let isOver = false;
const comparing = (async () => {
  let readBefore = 0;
  while (!isOver) {
    const there = Number(await (await fetch(`${server}/progress`)).text());
    const [read, written] = direction === 'up' ? [there, here] : [here, there];
    // Only while the reader pauses do two numbers that were not read at once belong together.
    if (read === readBefore) mostAhead = Math.max(mostAhead, written - read);
    readBefore = read;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
})();
const startedAt = performance.now();
const cpuAtStart = process.cpuUsage();
const arrived = await run(bytes);
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(cpuAtStart);
isOver = true;
clearInterval(sampling);
await comparing;

const megabytes = (count: number): number => Math.round((count / 1024 / 1024) * 10) / 10;
console.log(
  JSON.stringify({
    direction,
    arrived,
    seconds: Math.round(seconds * 10) / 10,
    cpuSeconds: (user + system) / 1e6,
    extraMegabytes: megabytes(Math.max(peakRss, process.memoryUsage.rss()) - rssAtRest),
    rssMegabytes: megabytes(peakRss),
    mostAheadMegabytes: megabytes(mostAhead),
  }),
);
