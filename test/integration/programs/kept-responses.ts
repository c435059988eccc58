// What kept responses to large uploads hold in memory, by way of sending: prints it as JSON, in
// kilobytes per response. A process of its own, with --expose-gc.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asMiddleware, resilientFetch, retry, type Fetch } from '../../../src/index.ts';

const RESPONSES = 20;
const BODY_BYTES = 2 * 1024 * 1024;

const server = createServer((request, response) => {
  const status = request.url === '/failing' ? 422 : 200;
  request.resume().on('end', () => response.writeHead(status).end('{"answer":42}'));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/things`;

const inUse = async (): Promise<number> => {
  let least = Infinity;
  for (let round = 0; round < 6; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + external + arrayBuffers);
  }
  return least;
};

type Send = (fetch: Fetch, signal: AbortSignal, bytes: number) => Promise<Response>;

const text = (bytes: number): string => 'x'.repeat(bytes - 1) + String(bytes % 10);
const bytesOf = (bytes: number): Uint8Array<ArrayBuffer> => new Uint8Array(bytes).fill(7);
const ways: Record<string, Send> = {
  text: (fetch, _signal, bytes) => fetch(url, { method: 'POST', body: text(bytes) }),
  bytes: (fetch, _signal, bytes) => fetch(url, { method: 'POST', body: bytesOf(bytes) }),
  'bytes and a signal': (fetch, signal, bytes) =>
    fetch(url, { method: 'POST', body: bytesOf(bytes), signal }),
  'bytes and a failure': (fetch, _signal, bytes) =>
    fetch(new URL('/failing', url), { method: 'POST', body: bytesOf(bytes) }),
  'a Request': (fetch, _signal, bytes) =>
    fetch(new Request(url, { method: 'POST', body: bytesOf(bytes) })),
};
const fetches: Record<string, Fetch> = {
  resilient: resilientFetch(),
  'without retries': resilientFetch(undefined, { retry: false }),
  'retry alone': asMiddleware(retry())((input, init) => globalThis.fetch(input, init)),
};

/** What so many responses hold, in kilobytes for each. */
async function held(send: Send, fetch: Fetch, signal: AbortSignal): Promise<number> {
  const kept: Response[] = [];
  const before = await inUse();
  for (let count = 0; count < RESPONSES; count += 1) {
    const response = await send(fetch, signal, BODY_BYTES);
    // Until its body is read the platform itself keeps the request of a response.
    await response.text();
    kept.push(response);
  }
  const after = await inUse();
  return Math.round((after - before) / kept.length / 1024);
}

// What grows once, such as pools of buffers, has grown after the first time.
await held(ways.bytes!, fetches.resilient!, new AbortController().signal);

const kilobytes: Record<string, number> = {};
const { signal } = new AbortController();
for (const [how, send] of Object.entries(ways)) {
  for (const [which, fetch] of Object.entries(fetches)) {
    kilobytes[`${which}: ${how}`] = await held(send, fetch, signal);
  }
}
console.log(JSON.stringify(kilobytes));
server.closeAllConnections();
server.close();
