import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { classifyResponse } from '../../src/classify/response.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { drain } from '../../src/http/drain.ts';
import { virtualClock } from '../../src/testing.ts';
import { endless, silent } from '../classify/body/streams.ts';

describe('drain', () => {
  test('reads to the end', async () => {
    const response = new Response('x'.repeat(100_000));
    await drain(response);
    expect(response.bodyUsed).toBe(true);
  });

  test('cancels what is longer than its limit', async () => {
    const { body, state } = endless(64 * 1024);
    await drain(body);
    expect(state.cancelled).toBe(true);
    expect(state.pulled).toBeLessThan(2.3 * 1024 * 1024);
  });

  test('cancels what takes longer than a second', async () => {
    const clock = virtualClock();
    const { body, state } = silent();
    const drained = drain(new Response(body), { clock });
    await clock.advance(1_000);
    await drained;
    expect(state.cancelled).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test('stops at once when it is cancelled', async () => {
    const clock = virtualClock();
    const cancellation = new Cancellation();
    const { body, state } = silent();
    const drained = drain(body, { clock, cancellation });
    cancellation.cancel('enough');
    await drained;
    expect(state.cancelled).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test('reads nothing for a caller who has cancelled already', async () => {
    const cancellation = new Cancellation();
    cancellation.cancel('enough');
    const { body, state } = silent();
    await drain(body, { cancellation });
    expect(state.cancelled).toBe(true);
  });

  test('leaves alone what somebody else reads, and what is not there', async () => {
    const response = new Response('x');
    const reader = response.body!.getReader();
    await drain(response);
    expect((await reader.read()).done).toBe(false);
    await drain(null);
    await drain(undefined);
    await drain(new Response(null));
  });

  test('resolves where the body breaks off', async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error('reset')),
    });
    await expect(drain(body)).resolves.toBeUndefined();
  });

  test('a stream of empty pieces that never ends is left after a second', async () => {
    const { body, state } = endless(0);
    const started = performance.now();
    await drain(body, { maxMs: 50 });
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(state.cancelled).toBe(true);
  });
});

describe('against a server with a 1 MiB 503', () => {
  const page = `{"code":"overloaded"}${' '.repeat(1024 * 1024)}`;
  const server = createServer((_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end(page);
  });
  let sockets = 0;
  let url = '';
  server.on('connection', () => {
    sockets += 1;
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each([
    ['drained', false],
    ['cloned for reading, and drained', true],
  ])('20 attempts open one socket when each is %s', async (_what, classified) => {
    const before = sockets;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const response = await fetch(url);
      if (classified) expect((await classifyResponse(response)).category).toBe('throttle');
      await drain(response);
    }
    expect(sockets - before).toBeLessThanOrEqual(1);
  });
});
