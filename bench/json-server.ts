import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { startChild } from './child-process.ts';

const BODY = JSON.stringify({ id: 'q-1', object: 'answer', text: 'forty-two', tokens: [4, 2] });

/** Answers every request with the same small JSON, and tells the parent where. */
export async function serveJson(): Promise<void> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(BODY),
    });
    response.end(BODY);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  process.send?.(`http://127.0.0.1:${port}/v1/answer`);
  // Its parent's end is its own.
  process.once('disconnect', () => process.exit(0));
}

/** A server in a process of its own. */
export async function startJsonServer(): Promise<{ url: string; stop: () => void }> {
  const child = startChild({ name: 'json-server', input: undefined });
  const [url] = (await once(child, 'message')) as [string];
  return { url, stop: () => void child.kill() };
}
