import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runStream, type Direction } from './run-stream.ts';
import { streamServer, type StreamServer } from './stream-server.ts';

// `npm run soak -- --stream` does the same with 2 GB either way.
const BYTES = 64 * 1024 * 1024;
const MAX_MS = 25_000;

let server: StreamServer;
beforeAll(async () => {
  server = await streamServer();
});
afterAll(() => server.close());

async function expectFlow(direction: Direction): Promise<void> {
  const cost = await runStream(server.url, direction, BYTES, { maxMs: MAX_MS });
  expect(cost.arrived).toBe(BYTES);
  expect(cost.extraMegabytes).toBeLessThan(100);
  // What the sockets of the system hold, and a few chunks.
  expect(cost.mostAheadMegabytes).toBeLessThan(32);
}

test(
  '64 MB flow up as they are made: nothing is kept, and a slow reader slows the writer',
  () => expectFlow('up'),
  MAX_MS + 5000,
);

test(
  '64 MB flow down as they are read: nothing is kept, and a slow reader slows the writer',
  () => expectFlow('down'),
  MAX_MS + 5000,
);

test(
  '64 MB of events flow down as they are read: nothing is kept, and a slow reader slows the writer',
  () => expectFlow('events'),
  MAX_MS + 5000,
);
