// What sixty kept responses to large uploads hold in memory, by way of sending: prints it as JSON, in
// kilobytes per response. A process of its own, with --expose-gc.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asMiddleware, resilientFetch, retry, type Fetch } from '../../../src/index.ts';

const RESPONSES = 60;
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

const kilobytes: Record<string, number> = {};
const { signal } = new AbortController();
for (const [how, send] of Object.entries(ways)) {
  for (const [which, fetch] of Object.entries(fetches)) {
    await (await send(fetch, signal, BODY_BYTES)).text();
    const before = await inUse();
    const kept: Response[] = [];
    for (let count = 0; count < RESPONSES; count += 1)
      kept.push(await send(fetch, signal, BODY_BYTES));
    const after = await inUse();
    kilobytes[`${which}: ${how}`] = Math.round((after - before) / kept.length / 1024);
  }
}
console.log(JSON.stringify(kilobytes));
server.closeAllConnections();
server.close();
