import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that takes in and gives out as much as it is told, keeps none of it, and pauses. */
export interface StreamServer {
  readonly url: string;
  close(): Promise<void>;
}

const CHUNK = Buffer.alloc(64 * 1024, 'holdfast');

/** A chunk of a model's answer, 128 bytes long. */
const EVENT = `data: {"choices":[{"index":0,"delta":{"content":"${'a word '.repeat(9)}"}}]}`;
const EVENTS = Buffer.from(`${EVENT.padEnd(126)}\n\n`.repeat(512));

/**
 * `POST /up?pauses=4&bytes=N`: reads N bytes, falling silent at each quarter, and answers how many
 * came. `GET /down?bytes=N`: sends N bytes; `GET /events?bytes=N`: sends them as events. `GET /progress`: how many of the last one, so far.
 */
export async function streamServer(): Promise<StreamServer> {
  let progress = 0;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const bytes = Number(searchParams.get('bytes') ?? 0);
    if (pathname === '/progress') return void response.end(String(progress));
    progress = 0;
    if (pathname === '/up') {
      let nextPause = bytes / 4;
      request.on('data', (chunk: Buffer) => {
        progress += chunk.byteLength;
        if (progress < nextPause) return;
        nextPause += bytes / 4;
        request.pause();
        setTimeout(() => request.resume(), PAUSE_MS);
      });
      request.on('end', () => response.end(String(progress)));
      return undefined;
    }
    const isEvents = pathname === '/events';
    const whole = isEvents ? EVENTS : CHUNK;
    response.writeHead(200, {
      'content-length': bytes,
      ...(isEvents && { 'content-type': 'text/event-stream' }),
    });
    const write = () => {
      while (progress < bytes) {
        const chunk = whole.subarray(0, Math.min(whole.byteLength, bytes - progress));
        progress += chunk.byteLength;
        if (!response.write(chunk)) return void response.once('drain', write);
      }
      return void response.end();
    };
    write();
    return undefined;
  });
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** How long either side falls silent, to see whether the other one waits. */
export const PAUSE_MS = 300;
