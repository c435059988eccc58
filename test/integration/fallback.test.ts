import { afterEach, expect, test } from '@jest/globals';
import {
  asMiddleware,
  fallback,
  lastGood,
  pipeline,
  retry,
  type ResilienceEvent,
} from '../../src/index.ts';
import { eventually, plainServer, type PlainServer } from './plain-server.ts';

let server: PlainServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

test('a server that goes away is stood in for by its last good response, byte for byte', async () => {
  const body = Buffer.from(Uint8Array.from({ length: 50_000 }, (_, index) => index % 251));
  server = await plainServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-thing' }).end(body);
  });
  const { url, counts } = server;
  const events: ResilienceEvent[] = [];
  const policy = pipeline(
    fallback({
      lastGood: lastGood(),
      onEvent: (event) => event.type !== 'attempt-ended' && events.push(event),
    }),
    retry({ maxRetries: 1, baseDelayMs: 5 }),
  );
  const fetch = asMiddleware(policy)(globalThis.fetch);
  const first = await fetch(`${url}/things`);
  expect(body.equals(Buffer.from(await first.arrayBuffer()))).toBe(true);
  expect(await eventually(() => counts.inFlight === 0)).toBe(true);

  await server.close();
  server = undefined;
  const second = await fetch(`${url}/things`);
  expect([second.status, second.headers.get('content-type'), second.url]).toEqual([
    200,
    'application/x-thing',
    `${url}/things`,
  ]);
  expect(body.equals(Buffer.from(await second.arrayBuffer()))).toBe(true);
  expect(events).toMatchObject([{ type: 'fallback-used', from: 'last-good', key: url }]);
  await expect(fetch(`${url}/others`)).rejects.toThrow('fetch failed');
});
